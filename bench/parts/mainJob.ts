import { Client, Connection } from '@temporalio/client';
import { createActivities } from '../../activities/index';
import { startBackfill } from '../../client/startBackfill';
import { dependencyOrder } from '../../model/compile/dependencies';
import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { QUEUES } from '../../model/run/temporalNames';
import { instant } from '../../model/time/time';
import { WHOLE } from '../../model/time/window';
import { pipelines } from '../../pipelines/index';
import type { Services } from '../../scripts/services/services';
import { copyIn } from '../../store/postgres/copy';
import type { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { onFresh } from './dataPlane';
import type { Ratio } from '../measuring';
import { interleaved, median, timed } from '../measuring';

interface Ticks {
  readonly over: number[];
  readonly unchanged: number[];
}

/**
 * The whole main job, Parquet decoding, Temporal and 182 child workflows included, against LB of the same three million rows:
 * COPY of them as CSV into the typed table and one aggregate.
 */
export async function mainJob(
  admin: Database,
  services: Services,
  rounds: number,
  ratios: Ratio[],
  notes: string[],
): Promise<void> {
  const flights = pipelines.find((pipeline) => pipeline.name === 'flights')!;
  const connection = await Connection.connect(services.temporal.connectionOptions);
  const client = new Client({ connection, namespace: services.temporal.namespace });
  let peakMb = 0;
  const ticks: Ticks = { over: [], unchanged: [] };
  try {
    const results = await interleaved(
      [
        { name: 'LB', run: () => onFresh(admin, services.databaseUrl, (database) => limitB(database, flights)) },
        {
          name: 'main job',
          run: () =>
            onFresh(admin, services.databaseUrl, async (database) => {
              const ms = await wholeJob(database, services, client, ticks);
              peakMb = Math.max(peakMb, process.resourceUsage().maxRSS / 1024);
              return ms;
            }),
        },
      ],
      rounds,
    );
    ratios.push({
      measure: 'main job, 3 M flights, Parquet and Temporal / LB',
      of: results.get('main job')!,
      limit: results.get('LB')!,
      bar: 8,
      stretch: 4,
    });
    for (const [what, ms] of [
      ['nothing due', ticks.over],
      ['its day published and its source unchanged', ticks.unchanged],
    ] as const)
      notes.push(
        `a tick with ${what}: ${median(ms).toFixed(0)} ms (${Math.min(...ms).toFixed(0)}..${Math.max(...ms).toFixed(0)}), bar 100: ${median(ms) <= 100 ? 'holds' : 'MISSED'}`,
      );
    notes.push(
      `peak memory of the process with worker, client and bench: ${peakMb.toFixed(0)} MB, bar 1,024: ${peakMb < 1024 ? 'holds' : 'MISSED'}`,
    );
  } finally {
    await connection.close();
  }
}

async function limitB(database: Database, flights: Pipeline): Promise<number> {
  const [offer] = await flights.source.list(WHOLE);
  // Rendered before the clock starts: LB is PostgreSQL's time alone.
  const chunks: Buffer[] = [];
  for await (const chunk of flights.source.read(offer!)) chunks.push(chunk);
  const [first] = chunks;
  const header = first!.indexOf(10) + 1;
  chunks[0] = first!.subarray(header);
  const columns = first!.subarray(0, header).toString('utf8').trim();
  await database.query(
    'create table limit_a (date timestamptz, delay integer, distance integer, origin text, destination text)',
  );
  await database.query('checkpoint');
  return timed(async () => {
    await database.tx((tx) => copyIn(tx, `copy limit_a (${columns}) from stdin (format csv)`, chunks));
    await database.query(
      `create table limit_b as
       select (date at time zone 'utc')::date as day, origin, count(*) as flights, count(*) filter (where delay > 15) as delayed,
              sum(delay) as total_delay, sum(distance) as total_distance, avg(delay)::float as mean
         from limit_a group by 1, 2`,
    );
  });
}

async function wholeJob(database: Database, services: Services, client: Client, ticks: Ticks): Promise<number> {
  await prepareLayers(database);
  const worker = await startWorker({
    connection: services.temporal.connectionOptions,
    namespace: services.temporal.namespace,
    activities: createActivities({ database, register: pipelines }),
    config: loadConfig(process.env),
  });
  try {
    const ms = await timed(() => backfillAll(client));
    await tickOver(client, ticks);
    return ms;
  } finally {
    await worker.shutdown();
  }
}

export async function prepareLayers(database: Database): Promise<void> {
  await migrate(database);
  await ensureLayerTables(database, pipelines);
  await database.query('checkpoint');
}

/** Ticks of the schedule after all is published, from their start to their end as the client sees them. */
async function tickOver(client: Client, { over, unchanged }: Ticks): Promise<void> {
  const tick = (nominal: string): Promise<number> =>
    timed(() =>
      client.workflow.execute('tick', {
        taskQueue: QUEUES.workflows,
        workflowId: `bench/tick/${process.pid}/${performance.now()}`,
        args: [{ pipeline: 'flights', nominal }],
      }),
    );
  for (let i = 0; i < 10; i++) {
    over.push(await tick('2002-01-01T00:00:00Z'));
    unchanged.push(await tick('2001-03-01T00:15:00Z'));
  }
}

/** Every pipeline of the register, dependencies first, as `npm start` does it. */
export async function backfillAll(client: Client): Promise<void> {
  for (const pipeline of dependencyOrder(pipelines)) {
    const { handle } = await startBackfill(client, pipeline, {
      range: historyOf(pipeline, instant(0)),
      which: 'owed',
      kind: 'backfill',
    });
    await handle.result();
  }
}
