import { Client, Connection } from '@temporalio/client';
import { createActivities } from '../../activities';
import { cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model';
import { QUEUES } from '../../model/run/temporalNames';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { compiled } from '../../store/ledger/fingerprint';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { MemoryFiles } from '../../testing/memoryFiles';
import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { CliFixture } from './cliFixture';

const readings = cleaned({
  name: 'slow_readings',
  columns: { at: timestamptz(), sensor: text() },
  key: ['at', 'sensor'],
  eventTime: 'at',
});
const daily = curated({
  name: 'slow_daily',
  columns: { day: date(), readings: integer() },
  key: ['day'],
  // Ten minutes: this test ends by its statement being stopped, or not at all.
  select: ({ window }) => sql`
    select (r.at at time zone 'utc')::date as day, count(*) as readings
      from ${readings} r, pg_sleep(600)
     where ${window.covers('r.at')}
     group by 1`,
});

test('a cancel reaches the statement that runs: it is stopped, rolled back, and the window is as it was', async () => {
  const cli = await CliFixture.open();
  const connection = await Connection.connect({ address: cli.temporal.address });
  try {
    const source = new MemoryFiles();
    source.write('a.csv', 'at,sensor\n2024-05-01T01:00:00Z,north\n');
    const pipeline = definePipeline({
      name: 'slow',
      description: 'takes its time',
      owners: ['lab@example.test'],
      source,
      window: '1d',
      from: '2024-05-01T00:00:00Z',
      cleaned: readings,
      curated: [daily],
      publish: [postgresTable(daily, 'marts.slow_daily')],
    });
    const { database } = cli.db;
    await ensureLayerTables(database, [pipeline]);
    const worker = await startWorker({
      connection: { address: cli.temporal.address },
      namespace: 'default',
      activities: createActivities({ database, register: [pipeline] }),
      config: loadConfig({ WEIR_HOME: '.weir/test' }),
    });
    const sleeping = async (): Promise<number> =>
      (
        await database.query(
          `select from pg_stat_activity where datname = current_database() and state = 'active' and query ~ 'pg_sleep' and pid <> pg_backend_pid()`,
        )
      ).length;
    const handle = await new Client({ connection }).workflow.start('runWindow', {
      taskQueue: QUEUES.workflows,
      workflowId: 'slow/2024-05-01',
      args: [{ plan: compiled(pipeline), window: parseWindow('1d', '2024-05-01'), kind: 'run' }],
    });
    while ((await sleeping()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(await sleeping()).toBe(0);
    expect(await database.query(`select state from weir.windows`)).toEqual([{ state: 'missing' }]);
    expect(await database.query(`select state, error from weir.runs`)).toEqual([
      { state: 'cancelled', error: 'cancelled' },
    ]);
    expect(await database.query(`select from weir_stage.slow_daily`)).toEqual([]);
    await worker.shutdown();
  } finally {
    await connection.close();
    await cli.close();
  }
});
