import path from 'node:path';
import { Database } from '../../../store/postgres/database';
import { migrate } from '../../../store/postgres/migrate';
import { ensureLayerTables } from '../../../store/schema/layerTables';
import { ChaosCluster } from '../cluster/chaosCluster';
import { Deliveries } from '../deliveries';
import { Driver } from '../driver';
import { falseClaims } from '../judges/claims';
import { LegalContents } from '../judges/legalContents';
import { truth } from '../judges/oracle';
import { Readers } from '../judges/readers';
import { fileOf, subject } from '../subject';

/** Six days that are published, two workers, readers who look: where a scenario plays. */
export interface Stage {
  readonly cluster: ChaosCluster;
  readonly driver: Driver;
  readonly database: Database;
  /** Puts a version of a day's file in its place. */
  readonly write: (day: number, version: 0 | 1 | 2) => void;
  /** What readers saw so far that may not be, and what the ledger claims now and is not so. */
  readonly judged: () => Promise<string[]>;
}

const DAYS = 6;

/** Runs `play` on a stage of its own, over the build `dist`. */
export async function onStage<T>(
  at: { home: string; seed: number; dist?: string },
  play: (stage: Stage) => Promise<T>,
): Promise<T> {
  const folder = path.resolve(at.home, 'files');
  const deliveries = new Deliveries(folder, DAYS);
  const write = (day: number, version: 0 | 1 | 2): void => deliveries.write(day, fileOf(at.seed, day, version));
  for (let day = 0; day < DAYS; day++) write(day, 0);
  const pipeline = subject(folder);
  const cluster = await ChaosCluster.open(at.home, folder, at.dist);
  const database = Database.open(cluster.databaseUrl, { max: 4 });
  try {
    await migrate(database);
    await ensureLayerTables(database, [pipeline]);
    await cluster.addWorkers(2);
    const driver = await Driver.connect(cluster.address, pipeline, DAYS);
    const readers = Readers.begin({
      ...{ url: cluster.databaseUrl, days: DAYS, legal: new LegalContents(deliveries) },
      present: () => truth(deliveries.present()),
    });
    try {
      await healed(driver);
      const judged = async (): Promise<string[]> => {
        await readers.lookAtAll();
        return [...readers.seen().broken, ...(await falseClaims(database, pipeline, driver.range, false))];
      };
      return await play({ cluster, driver, database, write, judged });
    } finally {
      await readers.end();
      await driver.close();
    }
  } finally {
    await database.close();
    await cluster.close();
  }
}

/** Nothing owed any more: a late record of a later file touches windows that were published before it came. */
export async function healed(driver: Driver): Promise<void> {
  for (let pass = 0; pass < 3; pass++) await driver.backfill('owed');
}
