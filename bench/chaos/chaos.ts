import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../measuring';
import type { Counts, Fault } from './faults';
import { planFaults } from './faults';
import { generator } from './generator';
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
} as const;

/**
 * `npm run chaos -- --seed N --kills K …`: a real backfill in worker processes over real servers, in an undisturbed town and in one where
 * things are killed, stopped, cancelled and run twice at moments drawn from the seed. The judge is the digest of every layer.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  const number = (name: Exclude<keyof typeof OPTIONS, 'keep'>): number => {
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
    const calm = await runChaos({ home: path.join(home, 'calm'), seed, days, workers, faults: [] });
    const stormy = await runChaos({
      home: path.join(home, 'storm'),
      seed,
      days,
      workers,
      faults: planFaults(counts, generator(seed)),
    });
    const layers = Object.keys(calm.layers);
    const equal = layers.every((layer) => calm.layers[layer] === stormy.layers[layer]);
    const clean = [calm, stormy].every(({ left }) => Object.values(left).every((n) => n === 0));
    const done = Object.entries(stormy.done) as [Fault, number][];
    process.stdout.write(
      [
        `seed ${seed}: ${equal && clean ? 'holds' : 'BROKEN'}. ${days} windows, ${workers} workers, ${done.reduce((sum, [, n]) => sum + n, 0)} faults in ${((Date.now() - began) / 1000).toFixed(0)} s`,
        `faults   ${done.map(([fault, n]) => `${fault} ${n}`).join(', ') || 'none'}; passes over all windows ${stormy.passes}`,
        '',
        table(
          ['layer', 'undisturbed', 'under fire', ''],
          layers.map((layer) => [
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
        ...(equal && clean ? [] : ['', `again:  npm run chaos -- ${process.argv.slice(2).join(' ')}`]),
        '',
      ].join('\n'),
    );
    process.exitCode = equal && clean ? 0 : 1;
  } finally {
    if (!values.keep && process.exitCode !== 1) rmSync(home, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
