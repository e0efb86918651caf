import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import type { Database, Tx } from '../postgres/database';
import { columnList, physical, viewOf } from '../postgres/identifiers';
import { compareColumns, isOurs, readShapes, relationsOf } from './catalog';

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
  const relations = pipelines.flatMap(relationsOf);
  const shapes = await readShapes(database, relations);
  return relations.flatMap((wanted, i) => {
    const shape = shapes[i];
    if (!shape || !isOurs(wanted, shape)) return [];
    return compareColumns(wanted, shape).flatMap(({ column, change, type }) =>
      change === 'clash' ? [] : [{ relation: wanted.relation, column, change, type }],
    );
  });
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
