import { Client, Connection } from '@temporalio/client';
import { createActivities } from '../../activities';
import type { Pipeline } from '../../model';
import { QUEUES } from '../../model/run/temporalNames';
import { instant, millis } from '../../model/time/time';
import { split } from '../../model/time/window';
import type { Services } from '../../scripts/services/services';
import { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { median, timed } from '../measuring';
import { subject } from '../subject';

const DATABASE = 'weir_bench_tick';
const TICKS = 31;
const BAR_MS = 100;
const YEARS = 3;

/** What a tick costs that finds nothing due, as those of months and of local days mostly do: real activities over a ledger of three years of runs. */
export async function tick(admin: Database, services: Services, notes: string[]): Promise<void> {
  await admin.query(`drop database if exists ${DATABASE} with (force)`);
  await admin.query(`create database ${DATABASE}`);
  const at = new URL(services.databaseUrl);
  at.pathname = `/${DATABASE}`;
  const database = Database.open(at.href, { max: 8 });
  const connection = await Connection.connect(services.temporal.connectionOptions);
  const { namespace } = services.temporal;
  const pipeline: Pipeline = {
    ...subject('none.csv', 'day'),
    ...{ window: '1d@Europe/Berlin', until: '2030-01-01', schedule: { after: '2h' } },
  };
  const start = pipeline.from!;
  const register = [pipeline];
  try {
    await migrate(database);
    await ensureLayerTables(database, register);
    const windows = split(pipeline.window, { start, end: instant(millis(start) + YEARS * 31_536e6) });
    await database.query(
      `insert into weir.runs (pipeline, kind, window_start, window_end, workflow_id, workflow_run_id, state)
       select $1, 'schedule', s, e, $1 || s, $1 || s, 'published' from unnest($2::timestamptz[], $3::timestamptz[]) w (s, e)`,
      [pipeline.name, windows.map(({ start }) => start), windows.map(({ end }) => end)],
    );
    const worker = await startWorker({
      connection: services.temporal.connectionOptions,
      namespace,
      activities: createActivities({ database, register }),
      config: loadConfig(process.env),
    });
    try {
      const client = new Client({ connection, namespace });
      const ms: number[] = [];
      // Two hours after the last window's end it was due; the hour after that is the other offset's tick.
      const nominal = instant(millis(windows.at(-1)!.end) + 3 * 3_600_000);
      for (let i = -3; i < TICKS; i++) {
        const took = await timed(async () => {
          const due = await client.workflow.execute('tick', {
            taskQueue: QUEUES.workflows,
            workflowId: `bench/${process.pid}/tick-${i}`,
            args: [{ pipeline: pipeline.name, nominal }],
          });
          if (due.length > 0) throw new Error('a window was due');
        });
        if (i >= 0) ms.push(took);
      }
      notes.push(
        `a tick with nothing due, ${windows.length.toLocaleString('en')} runs in the ledger: ${median(ms).toFixed(0)} ms ` +
          `(${Math.min(...ms).toFixed(0)}..${Math.max(...ms).toFixed(0)}), bar ${BAR_MS}: ${median(ms) <= BAR_MS ? 'holds' : 'MISSED'}`,
      );
    } finally {
      await worker.shutdown();
    }
  } finally {
    await connection.close();
    await database.close();
    await admin.query(`drop database if exists ${DATABASE} with (force)`);
  }
}
