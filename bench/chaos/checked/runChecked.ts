import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Database } from '../../../store/postgres/database';
import { migrate } from '../../../store/postgres/migrate';
import { ensureLayerTables } from '../../../store/schema/layerTables';
import { table } from '../../measuring';
import { ChaosCluster } from '../cluster/chaosCluster';
import { Deliveries } from '../deliveries';
import { Driver } from '../driver';
import type { Planned } from '../faults';
import { commit } from '../faults';
import { falseClaims } from '../judges/claims';
import { judge } from '../judges/layers';
import { dayOf } from '../subject';
import { BAD_DAYS, checkedFileOf, checkedFolder, checkedSubject } from './checkedSubject';

const PATIENCE_MS = 15 * 60_000;

interface Checked {
  /** Days held, and those neither held nor published. */
  readonly held: readonly number[];
  readonly unsettled: number;
  readonly layers: Record<string, string>;
  readonly broken: readonly string[];
  readonly faults: number;
}

/**
 * Days of which three are bad, under checks that compare each with those before: backfilled oldest first undisturbed, and newest first while
 * things are killed. True when both hold the same three, and every layer is equal.
 */
export async function runChecked(
  home: string,
  seed: number,
  days: number,
  workers: number,
  faults: readonly Planned[],
): Promise<boolean> {
  const began = Date.now();
  const of = { seed, days, workers };
  const calm = await backfilled({ ...of, home: path.join(home, 'calm'), newestFirst: false, faults: [] });
  const stormy = await backfilled({ ...of, home: path.join(home, 'storm'), newestFirst: true, faults });
  const layers = Object.keys(calm.layers);
  const equal = (layer: string): boolean => calm.layers[layer] === stormy.layers[layer];
  const right = ({ held, unsettled, broken }: Checked): boolean =>
    held.join() === BAD_DAYS.join() && unsettled === 0 && broken.length === 0;
  const holds = right(calm) && right(stormy) && layers.every(equal);
  const told = ({ held, unsettled }: Checked): string => `held ${held.join(', ') || 'none'}; unsettled ${unsettled}`;
  process.stdout.write(
    [
      `seed ${seed}: ${holds ? 'holds' : 'BROKEN'}. ${days} windows, ${stormy.faults} faults in ${((Date.now() - began) / 1000).toFixed(0)} s`,
      `bad days                      ${BAD_DAYS.join(', ')}`,
      `oldest first, undisturbed     ${told(calm)}`,
      `newest first, under fire      ${told(stormy)}`,
      ...[...calm.broken, ...stormy.broken].map((line) => `BROKEN   ${line}`),
      '',
      table(
        ['layer', 'undisturbed', 'under fire', ''],
        layers.map((layer) => [layer, calm.layers[layer]!, stormy.layers[layer]!, equal(layer) ? 'equal' : 'DIFFERS']),
      ),
      '',
    ].join('\n'),
  );
  return holds;
}

async function backfilled(options: {
  readonly home: string;
  readonly seed: number;
  readonly days: number;
  readonly workers: number;
  readonly newestFirst: boolean;
  readonly faults: readonly Planned[];
}): Promise<Checked> {
  const { home, seed, days, newestFirst } = options;
  const folder = checkedFolder(home);
  const deliveries = new Deliveries(folder, days);
  for (let day = 0; day < days; day++) deliveries.write(day, checkedFileOf(seed, day));
  const pipeline = checkedSubject(folder);
  const cluster = await ChaosCluster.open(home, folder);
  const database = Database.open(cluster.databaseUrl, { max: 4 });
  try {
    await migrate(database);
    await ensureLayerTables(database, [pipeline]);
    await cluster.addWorkers(options.workers);
    const driver = await Driver.connect(cluster.address, pipeline, days);
    const deadline = Date.now() + PATIENCE_MS;
    // A held window fails the backfill, as a server that is away does: the ledger knows which it was.
    const tolerant = async (work: () => Promise<unknown>): Promise<boolean> => {
      if (Date.now() > deadline) throw new Error(`seed ${seed}: nothing moves any more`);
      return work().then(
        () => true,
        () => wait(300).then(() => false),
      );
    };
    let [over, faults] = [false, 0];
    const storm = (async () => {
      for (const { fault, afterMs, which } of options.faults) {
        await wait(afterMs);
        const scene = { cluster, driver, days, beginMeeting: () => undefined };
        while (!(await tolerant(() => commit(fault, which, scene))));
        process.stderr.write(`${fault}\n`);
        faults += 1;
      }
    })().finally(() => (over = true));
    do await tolerant(() => driver.backfill('all', newestFirst));
    while (!over);
    await storm;
    while (!(await tolerant(() => driver.drained())));
    let settled = { held: [] as number[], unsettled: days };
    while (settled.unsettled > 0 && Date.now() < deadline) {
      await tolerant(() => driver.backfill('owed', newestFirst));
      settled = await settledDays(database, days);
    }
    await driver.close();
    const broken = await falseClaims(database, pipeline, driver.range, false);
    return { ...settled, faults, broken, layers: await judge(database, pipeline) };
  } finally {
    await database.close();
    await cluster.close();
  }
}

async function settledDays(database: Database, days: number): Promise<{ held: number[]; unsettled: number }> {
  const rows = await database.query<{ start: string; state: string }>(
    `select window_start as start, state from weir.windows where state in ('held', 'published') order by window_start`,
  );
  return {
    held: rows.filter(({ state }) => state === 'held').map(({ start }) => dayOf(start)),
    unsettled: days - rows.length,
  };
}
