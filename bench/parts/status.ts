import { rowCount } from '../../checks/index';
import { cleaningFingerprint } from '../../model/compile/compile';
import type { Pipeline } from '../../model/index';
import { cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model/index';
import { instant } from '../../model/time/time';
import { standingsOf } from '../../scripts/session/standing';
import { postgresTable } from '../../sinks/index';
import { csvFiles } from '../../sources/index';
import { checksFingerprint, compiled, windowFingerprint } from '../../store/ledger/fingerprint';
import { postmasterOf, serverSeconds } from '../measuring';
import { targetsOf } from '../../store/ledger/targets';
import { addCounts } from '../../store/standing/counts';
import { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';

const PIPELINES = 100;
const WINDOWS = 10_000;
const DATABASE = 'weir_bench_status';

/** What `weir status` costs where the ledger is large: 100 pipelines of 10,000 hourly windows, one hole and one warning each. */
export async function status(admin: Database, url: string, notes: string[]): Promise<void> {
  await admin.query(`drop database if exists ${DATABASE} with (force)`);
  await admin.query(`create database ${DATABASE}`);
  const at = new URL(url);
  at.pathname = `/${DATABASE}`;
  const database = Database.open(at.href, { max: 6 });
  try {
    await migrate(database);
    const now = instant(Math.floor(Date.now() / 3_600_000) * 3_600_000);
    const register = Array.from({ length: PIPELINES }, (_, i) => pipelineOf(i, now));
    await ensureLayerTables(database, register);
    for (const pipeline of register) await fill(database, pipeline, now);
    await database.query('vacuum analyze');
    const [{ pid }] = (await admin.query<{ pid: number }>('select pg_backend_pid() as pid')) as [{ pid: number }];
    const postmaster = postmasterOf(pid);
    const look = (): Promise<unknown> => standingsOf(database, register, register, now);
    await look();
    const [before, serverBefore] = [process.cpuUsage(), serverSeconds(postmaster)];
    const began = performance.now();
    await look();
    const { user, system } = process.cpuUsage(before);
    const clock = (performance.now() - began) / 1e3;
    const node = (user + system) / 1e6;
    const server = serverBefore === null ? null : serverSeconds(postmaster)! - serverBefore;
    const sum = node + (server ?? 0);
    notes.push(
      `status of ${PIPELINES} pipelines of ${WINDOWS.toLocaleString('en')} windows: ${node.toFixed(2)} s of processor in node and ${server === null ? 'an unknown time' : `${server.toFixed(2)} s`} in PostgreSQL, ${clock.toFixed(1)} s by the clock (bar: 1 s of processor together: ${sum <= 1 ? 'holds' : 'MISSED'})`,
    );
  } finally {
    await database.close();
    await admin.query(`drop database if exists ${DATABASE} with (force)`);
  }
}

function pipelineOf(i: number, now: string): Pipeline {
  const rows = cleaned({
    name: `p${i}_rows`,
    columns: { at: timestamptz(), what: text() },
    key: ['at', 'what'],
    eventTime: 'at',
    checks: [rowCount({ min: 10 }).warn()],
  });
  const daily = curated({
    name: `p${i}_daily`,
    columns: { day: date(), n: integer() },
    key: ['day'],
    select: ({ window }) =>
      sql`select r.at::date as day, count(*) as n from ${rows} r where ${window.covers('r.at')} group by 1`,
  });
  return definePipeline({
    name: `p${i}`,
    description: 'a pipeline of many windows',
    owners: ['bench@example.test'],
    source: csvFiles({ path: `p${i}/{date}T{hour}.csv` }),
    window: '1h',
    from: instant(Date.parse(now) - WINDOWS * 3_600_000),
    schedule: 'manual',
    freshness: { errorAfter: '1d' },
    cleaned: rows,
    curated: [daily],
    publish: [postgresTable(daily, `marts.p${i}_daily`)],
  });
}

/** The ledger as so many runs leave it: every window published and seen, but one in the middle. */
async function fill(database: Database, pipeline: Pipeline, now: string): Promise<void> {
  const plan = compiled(pipeline);
  const [table] = pipeline.curated;
  const windows = `generate_series($2::timestamptz, $3::timestamptz - interval '1 hour', interval '1 hour') w`;
  const span = [pipeline.from, now];
  await database.query(
    `with runs as (
       insert into weir.runs (pipeline, kind, window_start, window_end, workflow_id, workflow_run_id, state)
       select $1, 'backfill', w, w + interval '1 hour', $1 || w, $1 || w, 'published' from ${windows}
        where extract(epoch from w - $2::timestamptz) / 3600 <> ${WINDOWS / 2}
    returning epoch, window_start, window_end),
     answers as (
       insert into weir.check_results (epoch, table_name, check_name, severity, rows, sample)
       select epoch, $1 || '_rows', c, 'warn', case when c = 'row_count(min 10)' and window_start = $2 then 1 else 0 end, '[]'
         from runs cross join (values ('row_count(min 10)'), ('not_null(at)'), ('not_null(what)')) checks (c))
     insert into weir.windows (pipeline, window_start, window_end, state, settled, epoch, code, checks, digest, rows, published_epoch, published_at, facts_seen)
     select $1, window_start, window_end, 'published', 'published', epoch, $4, $5, '1:0', 24, epoch, now(), 2 from runs`,
    [pipeline.name, ...span, windowFingerprint(plan.code), checksFingerprint(plan)],
  );
  await database.query(`insert into weir.touched (table_name, window_start) select $1, w from ${windows}`, [
    pipeline.cleaned.tableName,
    ...span,
  ]);
  await database.query(
    `insert into weir.published (table_name, window_start, rows, digest, code, epoch) select $1, w, 24, '1:0', 'c', 1 from ${windows}`,
    [table!.tableName, ...span],
  );
  for (const { relation } of targetsOf(pipeline)) {
    // One that is empty has been emptied.
    await database.query(`insert into ${relation} (day, n, _window) values ('2024-01-01', 24, $1)`, [pipeline.from]);
    await database.query(
      `insert into weir.targets (table_name, relation, pipeline, window_start, window_end, digest, generation, epoch)
       select $1, $4, $5, w, w + interval '1 hour', '1:0', to_regclass($4)::oid, 1 from ${windows}`,
      [table!.tableName, ...span, relation, pipeline.name],
    );
  }
  await land(database, pipeline, windows, span);
}

/** A file of 24 records a window, landed and cleaned. */
async function land(database: Database, pipeline: Pipeline, windows: string, span: readonly unknown[]): Promise<void> {
  await database.query(
    `with named as (
       select nextval('weir.small_delivery')::integer as id, w, $1 || '/' || to_char(w, 'YYYY-MM-DD"T"HH24') || '.csv' as origin from ${windows}),
     origins as (
       insert into weir.origins (pipeline, origin, version, delivery, cleaned) select $1, origin, '1', id, id from named),
     deliveries as (
       insert into weir.deliveries (id, pipeline, origin, digest, format, fields, preamble, bytes, records, epoch)
       select id, $1, origin, 'd', 'csv', '[]', '', 1, 24, 1 from named),
     segments as (
       insert into weir.segments (delivery, ordinal, first_record, records, sha256, cleaned_by, bytes) select id, 0, 0, 24, '', $4, '' from named)
     insert into weir.segment_windows (delivery, ordinal, window_start, rows, dead) select id, 0, w, 24, 0 from named`,
    [pipeline.name, ...span, cleaningFingerprint(compiled(pipeline))],
  );
  await addCounts(database, pipeline, { records: 24 * WINDOWS, live: 24 * WINDOWS });
}
