import type { Cleaned } from '../model/table';
import { keyColumns } from '../model/table';
import { quoteIdent } from '../model/sql';
import type { Tx } from './database';
import type { Batch } from './cleaning';
import { rangeOf } from './cleaning';
import { physical, quoted } from './names';

// The winner among rows of one key is the greatest by (latestBy, origin, position): an order the source defines.
const order = (table: Cleaned, alias: string): string =>
  [
    ...(table.latestBy ? [`${alias}.${quoteIdent(table.latestBy)} desc nulls last`] : []),
    'd.origin collate "C" desc',
    `${alias}._record desc`,
  ].join(', ');

/** Records whose keys may be met twice, with their event times in seconds after 2000-01-01 (nothing where not `timed`). */
export interface Candidates {
  readonly records: readonly number[];
  readonly seconds: readonly number[];
  readonly timed: boolean;
}

/** True when a scan of the batch finds the candidates sooner than the index does: about 9 us each against 0.1 us a row. */
export const areMany = (candidates: Candidates, batch: Batch): boolean =>
  candidates.records.length > (batch.endRecord - batch.firstRecord) / 100;

/**
 * Flags the losers among `records` of a batch: all rows of a batch whose keys may be met twice in it. Rows are copied as live,
 * so a batch without candidates costs nothing; two keys that only share a hash are told apart here, exactly.
 */
export async function markWithinBatch(
  tx: Tx,
  table: Cleaned,
  home: string,
  batch: Batch,
  candidates: Candidates,
): Promise<void> {
  if (candidates.records.length === 0) return;
  const keys = quoted(keyColumns(table), 't').join(', ');
  const at =
    table.eventTime && candidates.timed && !areMany(candidates, batch) ? `t.${quoteIdent(table.eventTime)}` : null;
  const near = at ? `and ${at} >= c.at and ${at} < c.at + interval '1 second'` : '';
  const rows = await tx.query<{ ctid: string }>(
    `with c as materialized (
       select distinct record, timestamptz '2000-01-01 00:00:00+00' + second * interval '1 second' as at
         from unnest($1::integer[], $2::double precision[]) given (record, second))
     select ctid
       from (select t.ctid, row_number() over (partition by ${keys} order by ${order(table, 't')}) as place
               from c
               join ${home} t on t._record = c.record ${near}
               join weir.deliveries d on d.id = t._delivery
              where ${rangeOf(batch, 't.')}) ranked
      where place > 1`,
    [candidates.records, candidates.seconds],
  );
  if (rows.length > 0)
    await tx.run(`update ${home} set _live = false where ctid = any ($1::tid[])`, [rows.map((row) => row.ctid)]);
}

/** The windows of `starts` that hold rows of other segments too, so that a key may have versions on both sides. */
export async function sharedWindows(
  tx: Tx,
  pipeline: string,
  batch: Batch,
  starts: readonly string[],
): Promise<string[]> {
  const rows = await tx.query<{ window_start: string }>(
    `select distinct w.window_start
       from weir.segment_windows w
       join weir.deliveries d on d.id = w.delivery and d.pipeline = $1
      where w.window_start = any ($2::timestamptz[])
        and w.rows > 0
        and not (w.delivery = $3 and w.ordinal >= $4 and w.ordinal < $5)`,
    [pipeline, starts, batch.delivery, batch.fromOrdinal, batch.toOrdinal],
  );
  return rows.map((row) => row.window_start);
}

/** Ranks every row of these windows again; for keys that hold the event time, whose versions share a window. */
export async function markWindows(
  tx: Tx,
  table: Cleaned,
  windows: readonly { start: string; end: string }[],
): Promise<void> {
  if (windows.length === 0 || keyColumns(table).length === 0) return;
  const home = physical.cleaned(table.tableName);
  const keys = quoted(keyColumns(table), 't').join(', ');
  const time = table.eventTime ? quoteIdent(table.eventTime) : null;
  for (const { start, end } of joined(windows)) {
    const within = (alias: string): string =>
      time ? `${alias}.${time} >= $1::timestamptz and ${alias}.${time} < $2::timestamptz` : 'true';
    await tx.run(
      `update ${home} u
          set _live = ranked.live
         from (select t.tableoid as home, t.ctid as place, t._live as former,
                      row_number() over (partition by ${keys} order by ${order(table, 't')}) = 1 as live
                 from ${home} t
                 join weir.deliveries d on d.id = t._delivery
                where ${within('t')}) ranked
        where u.ctid = ranked.place and u.tableoid = ranked.home
          and ranked.live <> ranked.former
          and ${within('u')}`,
      time ? [start, end] : [],
    );
  }
}

/** Remembers the keys of a batch's present rows (before they are replaced, and after) in a temporary table, for `markKeys`. */
export async function rememberKeys(tx: Tx, table: Cleaned, where: string): Promise<void> {
  const home = physical.cleaned(table.tableName);
  const keys = quoted(keyColumns(table)).join(', ');
  await tx.query(
    `create temporary table if not exists touched_keys on commit drop as select ${keys} from ${home} limit 0`,
  );
  await tx.query(`insert into touched_keys select distinct ${keys} from ${home} where ${where}`);
}

/**
 * Ranks every row that has a remembered key, wherever its window is; for keys that may move.
 * Returns the event times of rows that became live or beaten: their windows are touched too.
 */
export async function markKeys(tx: Tx, table: Cleaned): Promise<string[]> {
  const home = physical.cleaned(table.tableName);
  const columns = keyColumns(table);
  await tx.query('analyze touched_keys');
  const rows = await tx.query<{ at: string | null }>(
    `with ranked as (
       select t.tableoid as home, t.ctid as place, t._live as former,
              row_number() over (partition by ${quoted(columns, 't').join(', ')} order by ${order(table, 't')}) = 1 as live
         from ${home} t
         join weir.deliveries d on d.id = t._delivery
        where (${quoted(columns, 't').join(', ')}) in (select ${quoted(columns).join(', ')} from touched_keys))
     update ${home} u
        set _live = ranked.live
       from ranked
      where u.ctid = ranked.place and u.tableoid = ranked.home and ranked.live <> ranked.former
        and (${quoted(columns, 'u').join(', ')}) in (select ${quoted(columns).join(', ')} from touched_keys)
  returning ${table.eventTime ? `u.${quoteIdent(table.eventTime)}` : 'null'} as at`,
  );
  return [...new Set(rows.flatMap((row) => (row.at === null ? [] : [row.at])))];
}

// Consecutive windows as one span: one statement instead of hundreds.
function joined(windows: readonly { start: string; end: string }[]): { start: string; end: string }[] {
  const spans: { start: string; end: string }[] = [];
  for (const window of [...windows].sort((a, b) => (a.start < b.start ? -1 : 1))) {
    const last = spans.at(-1);
    if (last && last.end === window.start) last.end = window.end;
    else spans.push({ ...window });
  }
  return spans;
}
