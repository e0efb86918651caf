import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ChaosCluster } from './cluster/chaosCluster';
import { meet } from './cluster/meeting';
import { Deliveries } from './deliveries';
import { Driver } from './driver';
import type { Fault, Planned, Scene } from './faults';
import { commit } from './faults';
import { falseClaims, unlikeTruth } from './judges/claims';
import { judge, leftOver } from './judges/layers';
import { LegalContents } from './judges/legalContents';
import { truth } from './judges/oracle';
import type { Seen } from './judges/readers';
import { Readers } from './judges/readers';
import { fileOf, subject } from './subject';

const PATIENCE_MS = 30 * 60_000;

export interface ChaosResult {
  readonly layers: Record<string, string>;
  readonly left: Record<string, number>;
  readonly done: Partial<Record<Fault, number>>;
  readonly passes: number;
  /** What was seen that may not be: by readers during the storm, by `verify` after it, by `verify` and the plain reading at the end. */
  readonly broken: readonly string[];
  readonly seen: Seen;
  /** One line for each time that a stopped process met its successor. */
  readonly met: readonly string[];
}

/**
 * Backfills all days while `faults` happen and readers look, then judges what the ledger claims before anything is healed; then asks again until
 * nothing is owed, and judges the end. Throws when that takes for ever.
 */
export async function runChaos(options: {
  home: string;
  seed: number;
  days: number;
  workers: number;
  faults: readonly Planned[];
}): Promise<ChaosResult> {
  const { home, seed, days } = options;
  const folder = path.resolve(home, 'files');
  const deliveries = new Deliveries(folder, days);
  const writeAll = (version: number): void => {
    for (let day = 0; day < days; day++) deliveries.write(day, fileOf(seed, day, (version % 3) as 0 | 1 | 2));
  };
  writeAll(0);
  const pipeline = subject(folder);
  const cluster = await ChaosCluster.open(home, folder);
  const database = Database.open(cluster.databaseUrl, { max: 4 });
  try {
    await migrate(database);
    await ensureLayerTables(database, [pipeline]);
    await cluster.addWorkers(options.workers);
    const driver = await Driver.connect(cluster.address, pipeline, days);
    const readers = Readers.begin({
      ...{ url: cluster.databaseUrl, days, legal: new LegalContents(deliveries) },
      present: () => truth(deliveries.present()),
    });
    const began = Date.now();
    const tolerant = async (work: () => Promise<unknown>): Promise<boolean> =>
      work().then(
        () => true,
        async () => {
          if (Date.now() > began + PATIENCE_MS) throw new Error(`seed ${seed}: nothing moves any more`);
          await wait(300);
          return false;
        },
      );

    const done: Partial<Record<Fault, number>> = {};
    const met: string[] = [];
    let meetings = Promise.resolve();
    const scene: Scene = {
      ...{ cluster, driver, days },
      beginMeeting: () => {
        meetings = meetings.then(async () => {
          const line = await meet(cluster, database);
          if (line !== null) met.push(line);
        });
      },
    };
    let over = false;
    const storm = (async () => {
      for (const { fault, afterMs, which } of options.faults) {
        await wait(afterMs);
        // What cannot be done now (nothing to cancel, Temporal still starting) is tried until it can.
        while (!(await tolerant(() => commit(fault, which, scene))));
        done[fault] = (done[fault] ?? 0) + 1;
        process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1)} s  ${fault}\n`);
      }
      await meetings;
    })().finally(() => (over = true));
    let [passes, version] = [0, 0];
    while (!over) {
      if (await tolerant(() => driver.backfill(passes === 0 ? 'owed' : 'all'))) passes++;
      // Other bytes for every file, while things fall: what was there is superseded.
      if (!over) writeAll(++version);
    }
    await storm;
    while (!(await tolerant(() => driver.drained())));
    const claims = await falseClaims(database, pipeline, driver.range, false);

    // The bytes of the beginning again: the end must be that of the undisturbed run.
    writeAll(0);
    while (!(await tolerant(() => driver.backfill('all'))));
    let left = await leftOver(database, days, pipeline);
    while (Object.values(left).some((n) => n !== 0)) {
      await tolerant(() => driver.backfill('owed'));
      left = await leftOver(database, days, pipeline);
      if (Date.now() > began + PATIENCE_MS) break;
      await wait(200);
    }
    await readers.lookAtAll();
    const seen = await readers.end();
    await driver.close();
    const broken = [
      ...seen.broken,
      ...claims.map((claim) => `before any healing: ${claim}`),
      ...(await falseClaims(database, pipeline, driver.range, true)).map((claim) => `at the end: ${claim}`),
      ...(await unlikeTruth(database, truth(deliveries.present()))).map((claim) => `at the end: ${claim}`),
    ];
    return { layers: await judge(database, pipeline), left, done, passes, broken, seen, met };
  } finally {
    await database.close();
    await cluster.close();
  }
}
