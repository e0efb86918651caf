import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../measuring';
import { LEAST_DAYS } from './checked/checkedSubject';
import { runChecked } from './checked/runChecked';
import type { Counts, Fault } from './faults';
import { planFaults } from './faults';
import { generator } from './generator';
import { runPlanted } from './planted/runPlanted';
import type { ChaosResult } from './runChaos';
import { runChaos } from './runChaos';

const HOME = path.join('.weir', 'chaos');

const OPTIONS = {
  seed: { type: 'string', default: '1' },
  days: { type: 'string', default: '30' },
  workers: { type: 'string', default: '2' },
  kills: { type: 'string', default: '2' },
  stops: { type: 'string', default: '0' },
  postgres: { type: 'string', default: '1' },
  temporal: { type: 'string', default: '1' },
  doubles: { type: 'string', default: '1' },
  overlaps: { type: 'string', default: '1' },
  ticks: { type: 'string', default: '1' },
  cancels: { type: 'string', default: '1' },
  losses: { type: 'string', default: '2' },
  keep: { type: 'boolean', default: false },
  planted: { type: 'boolean', default: false },
  checks: { type: 'boolean', default: false },
  only: { type: 'string', default: '' },
} as const;

/**
 * `npm run chaos -- --seed N --kills K …`: a real backfill in worker processes over real servers, in an undisturbed cluster and in one where
 * things are killed, stopped, cancelled and run twice at moments drawn from the seed. Judged by readers while it lasts, by `verify` before anything
 * is healed, and at the end by `verify`, a plain reading of the files and the digest of every layer.
 * `npm run chaos -- --checks`: days of which three are bad, under checks that compare each with those before; the same are held in any order.
 * `npm run chaos -- --planted`: whether that judge sees faults that are there.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const number = (name: Exclude<keyof typeof OPTIONS, 'keep' | 'planted' | 'checks' | 'only'>): number => {
    const n = Number(values[name]);
    if (!Number.isInteger(n) || n < 0) throw new RangeError(`--${name} ${values[name]} is not a whole number`);
    return n;
  };
  const [seed, days, workers] = [number('seed'), number('days'), number('workers')];
  const counts: Counts = {
    'kill worker': number('kills'),
    'stop worker': number('stops'),
    'kill PostgreSQL': number('postgres'),
    'kill Temporal': number('temporal'),
    'run twice': number('doubles'),
    overlap: number('overlaps'),
    tick: number('ticks'),
    cancel: number('cancels'),
    'lose an answer': number('losses'),
  };
  const began = Date.now();
  const home = path.join(HOME, `${seed}-${process.pid}`);
  try {
    if (values.planted) {
      process.exitCode = (await runPlanted(home, seed, values.only)) ? 0 : 1;
      return;
    }
    if (values.checks) {
      if (days < LEAST_DAYS) throw new RangeError(`--days ${days}: the bad ones lie within ${LEAST_DAYS}`);
      // Of one order of deliveries alone: runs of single days land no others, and may find nothing to compare with.
      const kills = { ...counts, 'stop worker': 0, 'run twice': 0, overlap: 0, tick: 0, cancel: 0 };
      process.exitCode = (await runChecked(home, seed, days, workers, planFaults(kills, generator(seed)))) ? 0 : 1;
      return;
    }
    const calm = await runChaos({ home: path.join(home, 'calm'), seed, days, workers, faults: [] });
    const stormy = await runChaos({
      home: path.join(home, 'storm'),
      seed,
      days,
      workers,
      faults: planFaults(counts, generator(seed)),
    });
    process.stdout.write(report(calm, stormy, `seed ${seed}`, `${days} windows, ${workers} workers`, began));
    process.exitCode = holds(calm, stormy) ? 0 : 1;
    if (process.exitCode === 1) process.stdout.write(`again:  npm run chaos -- ${process.argv.slice(2).join(' ')}\n`);
  } finally {
    if (!values.keep && process.exitCode !== 1) rmSync(home, { recursive: true, force: true });
  }
}

const equalLayers = (calm: ChaosResult, stormy: ChaosResult): boolean =>
  Object.keys(calm.layers).every((layer) => calm.layers[layer] === stormy.layers[layer]);

/** Every stop that was asked for has to be a meeting: else the fence was not tried. */
const allMet = ({ done, met }: ChaosResult): boolean => met.length === (done['stop worker'] ?? 0);

const holds = (calm: ChaosResult, stormy: ChaosResult): boolean =>
  equalLayers(calm, stormy) &&
  [calm, stormy].every(({ left, broken }) => broken.length === 0 && Object.values(left).every((n) => n === 0)) &&
  allMet(stormy);

function report(calm: ChaosResult, stormy: ChaosResult, title: string, size: string, began: number): string {
  const done = Object.entries(stormy.done) as [Fault, number][];
  const broken = [
    ...calm.broken.map((what) => `undisturbed: ${what}`),
    ...stormy.broken.map((what) => `under fire: ${what}`),
    ...(allMet(stormy)
      ? []
      : [`${stormy.met.length} of ${stormy.done['stop worker']} stopped processes met a successor`]),
  ];
  return [
    `${title}: ${holds(calm, stormy) ? 'holds' : 'BROKEN'}. ${size}, ${done.reduce((sum, [, n]) => sum + n, 0)} faults in ${((Date.now() - began) / 1000).toFixed(0)} s`,
    `faults   ${done.map(([fault, n]) => `${fault} ${n}`).join(', ') || 'none'}; passes over all windows ${stormy.passes}`,
    `readers  ${stormy.seen.windows} windows in ${stormy.seen.snapshots} snapshots under fire, each as some prefix of the deliveries makes it: ${stormy.seen.broken.length === 0 ? 'all' : 'NOT ALL'}`,
    ...stormy.met.map((line) => `met      ${line}`),
    ...broken.map((line) => `BROKEN   ${line}`),
    '',
    table(
      ['layer', 'undisturbed', 'under fire', ''],
      Object.keys(calm.layers).map((layer) => [
        layer,
        calm.layers[layer]!,
        stormy.layers[layer]!,
        calm.layers[layer] === stormy.layers[layer] ? 'equal' : 'DIFFERS',
      ]),
    ),
    '',
    Object.entries(stormy.left)
      .map(([what, n]) => `${n} ${what}`)
      .join(', '),
    '',
  ].join('\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
