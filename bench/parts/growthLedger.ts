import { cleaningFingerprint } from '../../model/compile/compile';
import type { Pipeline } from '../../model/index';
import { bigint, cleaned, curated, definePipeline, integer, sql, text, timestamptz } from '../../model/index';
import { instant, millis } from '../../model/time/time';
import { postgresTable } from '../../sinks/index';
import { csvFiles } from '../../sources/index';
import { checksFingerprint, compiled, windowFingerprint } from '../../store/ledger/fingerprint';
import type { Database } from '../../store/postgres/database';
import { physical } from '../../store/postgres/identifiers';
import { addCounts } from '../../store/standing/counts';

/** Where every history ends: a larger one begins earlier. */
export const END = instant(Date.UTC(2024, 0, 1));
const ROWS = 10;
/** Partitions made in one transaction: each holds locks until its end. */
const AT_ONCE = 250;

/** A pipeline of hourly files under `folder`, small ones and large ones, over `windows` hours. */
export function growing(folder: string, windows: number): Pipeline {
  const rows = cleaned({
    name: 'growing_rows',
    columns: { at: timestamptz(), what: text(), n: integer() },
    key: ['at', 'what'],
    eventTime: 'at',
  });
  const hourly = curated({
    name: 'growing_hourly',
    columns: { hour: timestamptz(), what: text(), n: bigint() },
    key: ['hour', 'what'],
    select: ({ window }) =>
      sql`select date_trunc('hour', r.at) as hour, r.what, sum(r.n) as n from ${rows} r where ${window.covers('r.at')} group by 1, 2`,
  });
  return definePipeline({
    name: 'growing',
    description: 'hourly files of a long history',
    owners: ['bench@example.test'],
    source: csvFiles({
      path: [`${folder}/{date}T{hour}.csv`, `${folder}/large/{date}T{hour}.csv`],
      missing: 'empty',
    }),
    window: '1h',
    from: instant(millis(END) - windows * 3_600_000),
    until: END,
    schedule: { after: '10m' },
    cleaned: rows,
    curated: [hourly],
    publish: [postgresTable(hourly, 'marts.growing_hourly')],
  });
}

const originOf = (pipeline: Pipeline, large: boolean): string =>
  pipeline.source.paths![large ? 1 : 0]!.text.replace('{date}T{hour}.csv', '');

/** Everything that so many published windows leave, but for the newest, which is run; each has a file of ten records, cleaned. */
export async function addWindows(database: Database, pipeline: Pipeline, windows: number): Promise<void> {
  const plan = compiled(pipeline);
  const [table] = pipeline.curated;
  const { relation } = pipeline.publish[0]!;
  const hours = `generate_series(timestamptz '${pipeline.from}', timestamptz '${END}' - interval '2 hours', interval '1 hour') w`;
  await database.query(
    `with runs as (
       insert into weir.runs (pipeline, kind, window_start, window_end, workflow_id, workflow_run_id, state, ended_at)
       select $1, 'schedule', w, w + interval '1 hour', $1 || w, $1 || w, 'published', now() from ${hours}
    returning epoch, window_start, window_end),
     steps as (
       insert into weir.steps (epoch, step, name, attempt, ms, result) select epoch, 1, 'ingest', 1, 1, '{}' from runs)
     insert into weir.windows (pipeline, window_start, window_end, state, settled, epoch, code, checks, digest, rows, published_epoch, published_at, facts_seen)
     select $1, window_start, window_end, 'published', 'published', epoch, $2, $3, '1:0', 1, epoch, now(), 1 from runs`,
    [pipeline.name, windowFingerprint(plan.code), checksFingerprint(plan)],
  );
  await database.query(
    `insert into weir.runs (pipeline, kind, window_start, window_end, workflow_id, workflow_run_id, state, ended_at)
     select $1, 'rerun', w, w + interval '1 hour', $1 || w || n, $1 || w || n, 'published', now()
       from ${hours} cross join generate_series(1, 9) n`,
    [pipeline.name],
  );
  await database.query(`insert into weir.touched (table_name, window_start) select $1, w from ${hours}`, [
    pipeline.cleaned.tableName,
  ]);
  await database.query(
    `insert into weir.published (table_name, window_start, rows, digest, code, epoch) select $1, w, 1, '1:0', 'c', 1 from ${hours}`,
    [table!.tableName],
  );
  await database.query(
    `insert into weir.targets (table_name, relation, pipeline, window_start, window_end, digest, generation, epoch)
     select $1, $2, $3, w, w + interval '1 hour', '1:0', to_regclass($2)::oid, 1 from ${hours}`,
    [table!.tableName, relation, pipeline.name],
  );
  for (const home of [physical.curated(table!.tableName), relation])
    await database.query(`insert into ${home} (hour, what, n, _window) select w, 'north', 45, w from ${hours}`);
  await land(database, pipeline, `select w, nextval('weir.small_delivery')::integer as id from ${hours}`, false);
  await database.query(
    `insert into ${physical.cleaned(`${pipeline.cleaned.tableName}__small`)} (at, what, n, _delivery, _record)
     select s.w + n * interval '1 minute', 'north', n, s.id, n
       from (select w.window_start as w, w.delivery as id from weir.segment_windows w) s cross join generate_series(0, ${ROWS - 1}) n`,
  );
  await addCounts(database, pipeline, { records: ROWS * (windows - 1), live: ROWS * (windows - 1) });
  await database.query('vacuum analyze');
}

/** Large deliveries number `from` to `to`, the first in the newest window, the others spread over the history, each with a partition of its own. */
export async function addLarge(
  database: Database,
  pipeline: Pipeline,
  from: number,
  to: number,
  windows: number,
): Promise<void> {
  const parent = physical.cleaned(pipeline.cleaned.tableName);
  // Others than those of before: two numbers that share no divisor give no hour twice.
  const hour = `timestamptz '${END}' - interval '1 hour' * (1 + (i * 37) % ${windows})`;
  for (let at = from; at < to; at += AT_ONCE) {
    const until = Math.min(to, at + AT_ONCE);
    await database.query(`create table public.made as
      select ${hour} as w, nextval('weir.large_delivery')::integer as id from generate_series(${at}, ${until - 1}) i`);
    await land(database, pipeline, 'select w, id from public.made', true);
    await database.query(`do $$
      declare one record; name text;
      begin
        for one in select w, id from public.made loop
          name := 'weir_cleaned.growing_rows__' || one.id || '_0';
          execute format('create table %s (like ${parent} including defaults, check (_delivery = %s and _record >= 0 and _record < ${ROWS}))', name, one.id);
          execute format('insert into %s (at, what, n, _delivery, _record) select %L::timestamptz + n * interval ''1 minute'', ''south'', n, %s, n from generate_series(0, ${ROWS - 1}) n', name, one.w, one.id);
          execute format('create index on %s using brin (at) with (pages_per_range = 32)', name);
          execute format('alter table ${parent} attach partition %s for values from (%s, 0) to (%s, ${ROWS})', name, one.id, one.id);
        end loop;
      end $$`);
    await database.query('drop table public.made');
  }
  const records = ROWS * (to - from);
  await addCounts(database, pipeline, { records, live: records });
  await database.query('vacuum analyze');
}

/** A delivery of ten records for each hour and id of `named`, landed and cleaned. */
async function land(database: Database, pipeline: Pipeline, named: string, large: boolean): Promise<void> {
  await database.query(
    `with named as materialized (${named}),
     files as materialized (
       select id, w, $2 || to_char(w, 'YYYY-MM-DD"T"HH24') || '.csv' as origin,
              convert_to((select string_agg(to_char(w + n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ',' || $4 || ',' || n || e'\\n', '' order by n)
                            from generate_series(0, ${ROWS - 1}) n), 'UTF8') as bytes
         from named),
     origins as (
       insert into weir.origins (pipeline, origin, version, delivery, cleaned) select $1, origin, '1', id, id from files),
     deliveries as (
       insert into weir.deliveries (id, pipeline, origin, digest, format, fields, preamble, bytes, records, epoch, cleaned_by)
       select id, $1, origin, 'd', 'csv', '["at", "what", "n"]', e'at,what,n\\n', length(bytes), ${ROWS}, 1, $3 from files),
     segments as (
       insert into weir.segments (delivery, ordinal, first_record, records, sha256, bytes, cleaned_by)
       select id, 0, 0, ${ROWS}, sha256(bytes), bytes, null from files)
     insert into weir.segment_windows (delivery, ordinal, window_start, rows, dead) select id, 0, w, ${ROWS}, 0 from files`,
    [pipeline.name, originOf(pipeline, large), cleaningFingerprint(compiled(pipeline)), large ? 'south' : 'north'],
  );
  // Marked in one statement: the ledger notes by itself which code cleaned each delivery.
  await database.tx(async (tx) => {
    await tx.query(`set local weir.counts = 'kept'`);
    await tx.query(`update weir.segments set cleaned_by = $1 where cleaned_by is null`, [
      cleaningFingerprint(compiled(pipeline)),
    ]);
  });
}
