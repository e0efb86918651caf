import type { PublishSink, SinkTransaction } from '../../model/definition/sink';
import type { Curated } from '../../model/definition/table';
import { DefinitionInvalid } from '../../model/run/errors';
import { quoted, relationName } from '../postgres/identifiers';
import type { ColumnDifference, Relation } from './catalog';
import { compareColumns, isOurs, readShapes } from './catalog';
import { commentOn, declaredColumns } from './declaredColumns';

/** A table that holds windows of a curated table: `schema.table`, and its columns besides the declared ones. */
export type WindowTable = Pick<PublishSink, 'table' | 'relation' | 'ownColumns'>;

/** Where weir itself keeps the windows of `table`. */
export const curatedHome = (table: Curated): WindowTable => ({ table, relation: `weir_curated.${table.tableName}` });

/**
 * Makes the table where it is missing: the declared columns, `_window`, and the key within the window; false when it was there.
 * @throws DefinitionInvalid when something else has its name, or other columns.
 */
export async function ensureWindowTable(tx: SinkTransaction, home: WindowTable): Promise<boolean> {
  const { table, ownColumns = {} } = home;
  const relation = relationName(home.relation);
  if (await isThere(tx, { role: 'published', table, relation, ownColumns: Object.keys(ownColumns) })) return false;
  await tx.query(`create schema if not exists ${relation.split('.')[0]}`);
  const own = Object.entries(ownColumns).map(([name, definition]) => `${quoted([name])[0]} ${definition}`);
  const columns = [...declaredColumns(table, true), ...own, '_window timestamptz not null'];
  await tx.query(
    `create table ${relation} (${columns.join(', ')}, primary key (_window, ${quoted(table.key).join(', ')}))`,
  );
  await commentOn(tx, table, relation);
  return true;
}

/** False when there is nothing of that name. @throws DefinitionInvalid when it is not ours, or has other user columns than declared. */
export async function isThere(on: Pick<SinkTransaction, 'query'>, wanted: Relation): Promise<boolean> {
  const { table, relation } = wanted;
  const stillTrue = 'the table and what readers see are untouched';
  const [shape] = await readShapes(on, [wanted]);
  if (!shape) return false;
  if (!isOurs(wanted, shape))
    throw new DefinitionInvalid(
      `${relation.replaceAll('"', '')}, where ${table.tableName} should be, is there, and weir did not make it`,
      { next: 'publish under another name, or move it away', stillTrue },
    );
  // A dropped column stays, empty, until `weir apply` has run every window: readers saw it.
  const differs = compareColumns(wanted, shape).filter(({ change, notNull }) => change !== 'drop' || notNull);
  if (differs.length === 0) return true;
  const shown = differs.map(
    ({ column, change, type, found }) =>
      `${column}: declared ${change === 'drop' ? 'nothing' : type}, table has ${found ?? 'nothing'}`,
  );
  throw new DefinitionInvalid(
    `table ${table.tableName} (${relation}) has other columns than its definition: ${shown.join('; ')}`,
    {
      next: differs.some(({ change }) => change === 'drop') ? kept(relation, differs) : RESHAPE,
      stillTrue,
    },
  );
}

const RESHAPE =
  'weir plan, then weir apply adds and drops columns; for another type give the table or the column a new name';

/** Of a column that nothing declares: it may be somebody's own, and `weir apply` would drop it with what it holds. */
function kept(relation: string, differs: readonly ColumnDifference[]): string {
  const names = differs.flatMap(({ column, change }) => (change === 'drop' ? [column] : []));
  return `where ${names.join(', ')} is your own: copy it to a table of your own, since weir apply drops what no definition declares; until then: ${names
    .map((name) => `alter table ${relation} alter column ${quoted([name])[0]} drop not null`)
    .join('; ')}. Where a definition dropped it: weir plan, then weir apply`;
}
