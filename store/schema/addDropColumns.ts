import { PG_TYPES } from '../../model/definition/column';
import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import type { Database, Tx } from '../postgres/database';
import { columnList, physical, targetName, viewOf } from '../postgres/identifiers';

/** A column that a table of a pipeline lacks, or has and no definition declares any more. */
export interface ColumnChange {
  readonly relation: string;
  readonly column: string;
  readonly change: 'add' | 'drop';
  readonly type: string;
}

/** Columns to add and to drop, table by table. A column of another type is none of these: the tables refuse it. */
export async function columnChanges(
  database: Pick<Database, 'query'>,
  pipelines: readonly Pipeline[],
): Promise<ColumnChange[]> {
  const changes: ColumnChange[] = [];
  for (const { table, relation } of pipelines.flatMap(relationsOf)) {
    const there = await database.query<{ column: string; type: string }>(
      `select attname as column, format_type(atttypid, atttypmod) as type
         from pg_attribute
        where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attname !~ '^_'
     order by attnum`,
      [relation],
    );
    if (there.length === 0) continue;
    const declared = Object.entries(table.columns).map(([column, { facts }]) => ({
      column,
      type: PG_TYPES[facts.type],
    }));
    const has = (columns: readonly { column: string }[], column: string): boolean =>
      columns.some((other) => other.column === column);
    for (const { column, type } of declared)
      if (!has(there, column)) changes.push({ relation, column, change: 'add', type });
    for (const { column, type } of there)
      if (!has(declared, column)) changes.push({ relation, column, change: 'drop', type });
  }
  return changes;
}

/**
 * Before the windows run: new columns are there, empty, and dropped ones may be left empty. Readers see every row and column that they saw.
 * Adding a column without a default and lifting a constraint rewrite nothing.
 */
export function addColumns(database: Database, pipelines: readonly Pipeline[]): Promise<ColumnChange[]> {
  return reshaping(database, pipelines, async (tx, changes) => {
    for (const { relation, column, change, type } of changes) {
      const name = quoteIdent(column);
      await tx.query(
        change === 'add'
          ? `alter table ${relation} add column ${name} ${type}${type === 'text' ? ' collate "C"' : ''}`
          : `alter table ${relation} alter column ${name} drop not null`,
      );
    }
    return changes;
  });
}

/** After the windows ran: columns that nothing declares are gone. */
export function dropColumns(database: Database, pipelines: readonly Pipeline[]): Promise<ColumnChange[]> {
  return reshaping(database, pipelines, async (tx, changes) => {
    const drops = changes.filter(({ change }) => change === 'drop');
    for (const { relation, column } of drops)
      await tx.query(`alter table ${relation} drop column ${quoteIdent(column)}`);
    return drops;
  });
}

function reshaping(
  database: Database,
  pipelines: readonly Pipeline[],
  change: (tx: Tx, changes: readonly ColumnChange[]) => Promise<ColumnChange[] | readonly ColumnChange[]>,
): Promise<ColumnChange[]> {
  return database.tx(async (tx) => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('weir layer tables', 0))`);
    const changes = await columnChanges(tx, pipelines);
    if (changes.length === 0) return [];
    // The views show exactly the declared columns; they are dropped first, since a view would keep its column from being dropped.
    const tables = pipelines.flatMap((pipeline) => [pipeline.cleaned, ...pipeline.curated] as Table[]);
    for (const table of tables) await tx.query(`drop view if exists ${viewOf(table)}`);
    const done = [...(await change(tx, changes))];
    for (const table of tables) {
      const from =
        table.layer === 'cleaned'
          ? `${physical.cleaned(table.tableName)} where _live`
          : physical.curated(table.tableName);
      await tx.query(`create view ${viewOf(table)} as select ${columnList(table)} from ${from}`);
    }
    return done;
  });
}

function relationsOf(pipeline: Pipeline): { table: Table; relation: string }[] {
  return [
    { table: pipeline.cleaned, relation: physical.cleaned(pipeline.cleaned.tableName) },
    ...pipeline.curated.flatMap((table) => [
      { table, relation: physical.curated(table.tableName) },
      { table, relation: physical.stage(table.tableName) },
    ]),
    ...pipeline.publish.map((sink) => ({ table: sink.table, relation: targetName(sink.target) })),
  ];
}
