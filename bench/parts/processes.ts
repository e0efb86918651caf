import { Client, Connection } from '@temporalio/client';
import { pipelines } from '../../pipelines/index';
import type { Services } from '../../scripts/services/services';
import type { Database } from '../../store/postgres/database';
import { digestOfTable } from '../../store/proof/tableDigests';
import { onFresh } from './dataPlane';
import { backfillAll, prepareLayers } from './mainJob';
import { interleaved, median, timed } from '../measuring';
import { withProcesses } from '../workerProcess';

/** The main job by one worker process and by two, on this one machine, which PostgreSQL and Temporal share. */
export async function processes(admin: Database, services: Services, rounds: number, notes: string[]): Promise<void> {
  const daily = pipelines.flatMap(({ curated }) => curated).find(({ tableName }) => tableName === 'airport_daily')!;
  const connection = await Connection.connect(services.temporal.connectionOptions);
  const client = new Client({ connection, namespace: services.temporal.namespace });
  const digests = new Set<string>();
  const by = (count: number) => () =>
    onFresh(admin, services.databaseUrl, async (database) => {
      await prepareLayers(database);
      const ms = await withProcesses('registerWorker.js', count, [database.url, services.temporal.address], () =>
        timed(() => backfillAll(client)),
      );
      digests.add((await digestOfTable(database, daily, 'marts.airport_daily', null)).digest);
      return ms;
    });
  try {
    const results = await interleaved(
      [
        { name: 'one', run: by(1) },
        { name: 'two', run: by(2) },
      ],
      rounds,
    );
    const [one, two] = [results.get('one')!, results.get('two')!];
    if (digests.size !== 1) throw new Error(`one and two workers differ: ${[...digests].join(' ')}`);
    const faster = median(one.map((ms, i) => ms / two[i]!));
    notes.push(
      `3 M flights by two worker processes: ${faster.toFixed(2)} times the throughput of one (${median(one).toFixed(0)} ms, ${median(two).toFixed(0)} ms), bar 1.3: ${faster >= 1.3 ? 'holds' : 'MISSED'}`,
    );
  } finally {
    await connection.close();
  }
}
