import { keyColumns } from '../../model/definition/key';
import { quoteIdent } from '../../model/definition/sql';
import type { Cleaned } from '../../model/definition/table';
import type { Counted } from '../standing/counts';
import type { Tx } from '../postgres/database';
import { columnList, physical, quoted } from '../postgres/identifiers';
import type { Batch } from './batches';
import { rangeOf } from './batches';
import { addRanks, winnerOrder } from './winners';

/**
 * Winners of keys that may move between windows. Before rows go or come, their keys and those keys' live rows are remembered in temporary
 * tables; afterwards every row of a remembered key is ranked, and the live rows before and after are compared, row by row.
 */

/** Remembers the keys of the rows that `where` names, and the live rows of those keys as they are now, but for those of `except`. */
export async function rememberKeys(tx: Tx, table: Cleaned, where: string, except?: Batch): Promise<void> {
  const home = physical.cleaned(table.tableName);
  const keys = quoted(keyColumns(table)).join(', ');
  await tx.query(
    `create temporary table if not exists remembered_keys on commit drop as select ${keys}, 0 as round from ${home} limit 0;
     create temporary table if not exists live_before (at timestamptz, hash bigint) on commit drop`,
  );
  await tx.query(
    `insert into remembered_keys
     select ${keys}, (select coalesce(max(round), 0) + 1 from remembered_keys)
       from (select ${keys} from ${home} where ${where} except select ${keys} from remembered_keys) new`,
  );
  await tx.query('analyze remembered_keys');
  await tx.query(
    `insert into live_before
     select ${versionOf(table)}
       from ${home} t
      where t._live
        and (${quoted(keyColumns(table), 't').join(', ')}) in
            (select ${keys} from remembered_keys where round = (select max(round) from remembered_keys))
        ${except ? `and not (${rangeOf(except, 't.')})` : ''}`,
  );
}

/** The rows of deliveries that `delivery` supersedes, as a condition; null when there are none. */
export async function supersededRows(
  tx: Tx,
  pipeline: string,
  delivery: { readonly id: number; readonly origin: string },
): Promise<string | null> {
  const old = await tx.query<{ id: number }>(
    `select distinct d.id
       from weir.deliveries d
       join weir.segments s on s.delivery = d.id and s.cleaned_by is not null
      where d.pipeline = $1 and d.origin = $2 and d.id <> $3`,
    [pipeline, delivery.origin, delivery.id],
  );
  return old.length === 0 ? null : `_delivery in (${old.map((row) => row.id).join(', ')})`;
}

/** Ranks every row that has a remembered key, wherever its window is; the event times at which live rows are not what they were. */
export async function markKeys(tx: Tx, pipeline: Counted): Promise<string[]> {
  const table = pipeline.cleaned;
  const [there] = await tx.query<{ there: boolean }>(
    `select to_regclass('pg_temp.remembered_keys') is not null as there`,
  );
  if (!there!.there) return [];
  const home = physical.cleaned(table.tableName);
  const columns = keyColumns(table);
  const remembered = (alias: string): string =>
    `(${quoted(columns, alias).join(', ')}) in (select ${quoted(columns).join(', ')} from remembered_keys)`;
  await tx.run(
    `with ranked as (
       select t.tableoid as home, t.ctid as place, t._live as former,
              row_number() over (partition by ${quoted(columns, 't').join(', ')} order by ${winnerOrder(table, 't')}) = 1 as live
         from ${home} t
         join weir.deliveries d on d.id = t._delivery
        where ${remembered('t')}),
          changed as (
     update ${home} u
        set _live = ranked.live
       from ranked
      where u.ctid = ranked.place and u.tableoid = ranked.home and ranked.live <> ranked.former
        and ${remembered('u')}
  returning u._live as live)
     ${addRanks('changed', 0)}`,
    [pipeline.name, table.tableName],
  );
  const rows = await tx.query<{ at: string }>(
    `with after as materialized (select ${versionOf(table)} from ${home} t where t._live and ${remembered('t')})
     select distinct at
       from ((select at, hash from live_before except all select at, hash from after)
              union all
             (select at, hash from after except all select at, hash from live_before)) changed`,
  );
  return rows.map((row) => row.at);
}

const versionOf = (table: Cleaned): string =>
  `${table.eventTime ? `t.${quoteIdent(table.eventTime)}` : `'-infinity'::timestamptz`} as at, hash_record_extended(row(${columnList(table, 't')}), 0) as hash`;
