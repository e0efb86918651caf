import { keyColumns } from '../../model/definition/key';
import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent } from '../../model/definition/sql';
import type { Cleaned } from '../../model/definition/table';
import { spans } from '../../model/time/spans';
import type { Window } from '../../model/time/window';
import type { Counted } from '../standing/counts';
import { ADD_COUNTS, addCounts } from '../standing/counts';
import type { Tx } from '../postgres/database';
import { physical, quoted } from '../postgres/identifiers';
import { ofDeliveries } from '../postgres/renderSql';
import { largeDeliveries } from '../refresh/reachedDeliveries';
import type { Batch } from './batches';
import { rangeOf } from './batches';

/** The winner among rows of one key is the greatest by (latestBy, origin, position): an order the source defines. */
export const winnerOrder = (table: Cleaned, alias: string): string =>
  [
    ...(table.latestBy ? [`${alias}.${quoteIdent(table.latestBy)} desc nulls last`] : []),
    'd.origin_key collate "C" desc',
    'd.origin collate "C" desc',
    `${alias}._record desc`,
  ].join(', ');

/**
 * Flags the losers among `records` of a batch: all rows of a batch whose keys may be met twice in it. Rows are copied as live,
 * so a batch without candidates costs nothing; two keys that only share a hash are told apart here, exactly.
 * One scan asks every row by a hashed look-up: 80 ms a million rows, a join 290. Returns the event times of the losers.
 */
export async function markWithinBatch(
  tx: Tx,
  pipeline: Counted,
  home: string,
  batch: Batch,
  records: readonly number[],
): Promise<string[]> {
  if (records.length === 0) return [];
  const table = pipeline.cleaned;
  const keys = quoted(keyColumns(table), 't').join(', ');
  // One delivery, so one origin: the order need not ask for it.
  const latest = table.latestBy ? `t.${quoteIdent(table.latestBy)} desc nulls last, ` : '';
  const time = table.eventTime ? `t.${quoteIdent(table.eventTime)}` : `'-infinity'::timestamptz`;
  const rows = await tx.query<{ home: string; ctid: string; at: string }>(
    `select home, ctid, at
       from (select t.tableoid::regclass::text as home, t.ctid, ${time} as at,
                    row_number() over (partition by ${keys} order by ${latest}t._record desc) as place
               from ${home} t
              where ${rangeOf(batch, 't.')} and t._record = any ($1::integer[])) ranked
      where place > 1`,
    [[...new Set(records)]],
  );
  // A ctid is a row's place within one partition, so each partition is updated by itself.
  for (const partition of new Set(rows.map((row) => row.home)))
    await tx.run(`update ${partition} set _live = false where ctid = any ($1::tid[])`, [
      rows.filter((row) => row.home === partition).map((row) => row.ctid),
    ]);
  if (rows.length > 0) await addCounts(tx, pipeline, { live: -rows.length, beaten: rows.length });
  return [...new Set(rows.map((row) => row.at))];
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

/** Counts the rows of `changed` that came to live, or were beaten; its parameters behind `values` others: pipeline, cleaned table. */
export const addRanks = (changed: string, values: number): string =>
  `${ADD_COUNTS}
   select $${values + 1}, $${values + 2}, 0, sum(case when live then 1 else -1 end), -sum(case when live then 1 else -1 end), 0
     from ${changed}
   having count(*) > 0`;

/**
 * Ranks every row of these windows again; for keys that hold the event time, whose versions share a window. The event times of rows whose
 * rank changed.
 */
export async function markWindows(tx: Tx, pipeline: Pipeline, windows: readonly Window[]): Promise<string[]> {
  const table = pipeline.cleaned;
  if (windows.length === 0 || keyColumns(table).length === 0) return [];
  const times: string[] = [];
  const home = physical.cleaned(table.tableName);
  const keys = quoted(keyColumns(table), 't').join(', ');
  const time = table.eventTime ? quoteIdent(table.eventTime) : null;
  for (const { start, end } of spans(windows)) {
    // In literals, so that planning is over these partitions alone: 79 ms over 1,000 of them.
    const held = time ? ofDeliveries(await largeDeliveries(tx, pipeline, start, end)) : '';
    const within = (alias: string): string =>
      time ? `${alias}.${time} >= $1::timestamptz and ${alias}.${time} < $2::timestamptz${held}` : 'true';
    const values = time ? [start, end] : [];
    const changed = await tx.query<{ at: string }>(
      `with changed as (
       update ${home} u
          set _live = ranked.live
         from (select t.tableoid as home, t.ctid as place, t._live as former,
                      row_number() over (partition by ${keys} order by ${winnerOrder(table, 't')}) = 1 as live
                 from ${home} t
                 join weir.deliveries d on d.id = t._delivery
                where ${within('t')}) ranked
        where u.ctid = ranked.place and u.tableoid = ranked.home
          and ranked.live <> ranked.former
          and ${within('u')}
    returning ${time ? `u.${time}` : `'-infinity'::timestamptz`} as at, u._live as live),
            counts as (${addRanks('changed', values.length)})
       select distinct at from changed`,
      [...values, pipeline.name, table.tableName],
    );
    times.push(...changed.map((row) => row.at));
  }
  return times;
}

/** Event times of rows of one delivery that lost; where rows of one delivery beat each other, its own order decides. */
export async function beatenTimes(tx: Tx, table: Cleaned, delivery: number): Promise<string[]> {
  const time = table.eventTime ? quoteIdent(table.eventTime) : `'-infinity'::timestamptz`;
  const rows = await tx.query<{ at: string }>(
    `select distinct ${time} as at from ${physical.cleaned(table.tableName)} where _delivery = $1 and not _live`,
    [delivery],
  );
  return rows.map((row) => row.at);
}
