import { createReadStream } from 'node:fs';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/index';
import type { Pipeline } from '../../model/index';
import type { Claim } from '../../model/run/claim';
import type { Activities } from '../../model/run/steps';
import { windowAt } from '../../model/time/window';
import { land } from '../../store/inflow/land';
import { compiled } from '../../store/ledger/fingerprint';
import { withOrigin } from '../../store/ledger/origins';
import { copyIn } from '../../store/postgres/copy';
import { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import type { BenchFiles } from './data';
import type { Ratio } from '../measuring';
import { interleaved, median, timed } from '../measuring';
import { subject } from '../subject';

const TYPED = 'departed_at timestamptz, delay integer, distance integer, origin text, destination text';
const AGGREGATE = `select (departed_at at time zone 'utc')::date as day, origin, count(*) as flights, sum(delay) as total_delay,
                          sum(distance) as total_distance, avg(delay)::float as mean
                     from limit_a group by 1, 2`;

/** Land, clean, raw to published and unchanged publish of one million dirty records, against LA and LB of the clean ones. */
export async function dataPlane(
  admin: Database,
  url: string,
  files: BenchFiles,
  rounds: number,
  ratios: Ratio[],
  notes: string[],
): Promise<void> {
  const pipeline = subject(files.dirty, 'all');
  const results = await interleaved(
    [
      { name: 'LA', run: () => onFresh(admin, url, (database) => limitA(database, files)) },
      {
        name: 'LB',
        run: () =>
          onFresh(
            admin,
            url,
            async (database) =>
              (await limitA(database, files)) +
              (await timed(() => database.query(`create table limit_b as ${AGGREGATE}`))),
          ),
      },
      { name: 'weir', run: () => onFresh(admin, url, (database) => staged(database, pipeline)) },
    ],
    rounds,
  );
  const of = (name: string): number[] => results.get(name)!;
  const sum = of('weir land').map((ms, i) => ms + of('weir clean')[i]! + of('weir refresh and publish')[i]!);
  ratios.push(
    { measure: 'land raw CSV / LA', of: of('weir land'), limit: of('LA'), bar: 0.35, stretch: 0.25 },
    { measure: 'clean CSV from raw / LA', of: of('weir clean'), limit: of('LA'), bar: 1.4, stretch: 1.15 },
    { measure: 'raw -> published, staged, CSV / LB', of: sum, limit: of('LB'), bar: 1.6, stretch: 1.3 },
  );
  const rows = of('weir rows');
  notes.push(
    `publish of an unchanged window: ${median(of('weir unchanged publish')).toFixed(1)} ms for ${rows.at(-1)} rows in two tables, ` +
      `${((median(of('weir unchanged publish')) * 1000) / rows.at(-1)!).toFixed(2)} us a row, 0 rows written`,
  );
}

export async function limitA(database: Database, files: BenchFiles): Promise<number> {
  await database.query(`create table limit_a (${TYPED})`);
  await database.query('checkpoint');
  return timed(() =>
    database.tx((tx) =>
      copyIn(tx, 'copy limit_a from stdin (format csv)', createReadStream(files.clean, { highWaterMark: 65_536 })),
    ),
  );
}

async function staged(database: Database, pipeline: Pipeline): Promise<Record<string, number>> {
  await migrate(database);
  await ensureLayerTables(database, [pipeline]);
  await database.query('checkpoint');
  const activities = createActivities({ database, register: [pipeline] });
  let runs = 1;
  const call = <K extends keyof Activities>(name: K, input: Parameters<Activities[K]>[0]): ReturnType<Activities[K]> =>
    new MockActivityEnvironment({ attempt: 1, workflowExecution: { workflowId: 'bench', runId: `run-${runs}` } }).run(
      activities[name] as never,
      input as never,
    ) as unknown as ReturnType<Activities[K]>;
  const window = windowAt(pipeline.window, '2001-01-01T00:00:00Z');
  const claim: Claim = await call('claim', { plan: compiled(pipeline), window, kind: 'run' });
  const [offer] = await pipeline.source.list(window);
  const landing = await timed(() =>
    withOrigin(database, { claim, step: 1, attempt: 1 }, offer!.origin, (tx) =>
      land(tx, pipeline.name, pipeline.source, offer!, claim.epoch, () => undefined),
    ),
  );
  const clean = await timed(() => call('ingest', { claim, step: 1 }));
  const refreshAndPublish = async (run: Claim): Promise<{ rows: number; written: number; publishMs: number }> => {
    let step = 1;
    for (const table of run.order.plan.tables) await call('refresh', { claim: run, step: ++step, table });
    let outcome = { rows: 0, written: 0 };
    const publishMs = await timed(async () => (outcome = await call('publish', { claim: run, step: ++step })));
    return { ...outcome, publishMs };
  };
  const refresh = await timed(() => refreshAndPublish(claim));
  runs++;
  const again: Claim = await call('claim', { plan: compiled(pipeline), window, kind: 'rerun' });
  await call('ingest', { claim: again, step: 1 });
  const unchanged = await refreshAndPublish(again);
  if (unchanged.written !== 0) throw new Error(`an unchanged publish wrote ${unchanged.written} rows`);
  return {
    land: landing,
    clean,
    'refresh and publish': refresh,
    'unchanged publish': unchanged.publishMs,
    rows: unchanged.rows,
  };
}

/** Runs `work` on a database of its own, dropped afterwards. */
export async function onFresh<T>(admin: Database, url: string, work: (database: Database) => Promise<T>): Promise<T> {
  const name = `bench_${Math.trunc(performance.now() * 1000)}`;
  await admin.query(`create database ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  const database = Database.open(own.href, { max: 10 });
  try {
    return await work(database);
  } finally {
    await database.close();
    await admin.query(`drop database ${name} with (force)`);
  }
}
