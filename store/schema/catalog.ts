import { PG_TYPES } from '../../model/definition/column';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Table } from '../../model/definition/table';
import type { Tx } from '../postgres/database';
import { physical, relationName } from '../postgres/identifiers';

/** A relation that a pipeline keeps, and the declared table whose rows it holds. */
export interface Relation {
  readonly role: 'cleaned' | 'curated' | 'stage' | 'published';
  readonly table: Table;
  /** As PostgreSQL finds it, quoted. */
  readonly relation: string;
  /** Columns that are not declared and belong there: a sink's own. */
  readonly ownColumns: readonly string[];
}

/** What PostgreSQL says of a relation. */
export interface Shape {
  /** An ordinary or partitioned table: what rows can be written to. */
  readonly isTable: boolean;
  /** Every column, the hidden ones too, in the table's order. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly notNull: boolean }[];
  /** Columns of the primary key, in the order of their names. */
  readonly key: readonly string[];
}

/** A column on which declaration and relation differ. */
export interface ColumnDifference {
  readonly column: string;
  /** `add`: declared and not there; `drop`: there and not declared; `clash`: there in another type. */
  readonly change: 'add' | 'drop' | 'clash';
  /** The declared type; of a `drop`, the one that is there. */
  readonly type: string;
  /** The type that is there, where one is. */
  readonly found: string | null;
  /** Of a `drop`: rows without a value are refused. */
  readonly notNull: boolean;
}

/** Every relation that `pipeline` keeps: cleaned, curated with their stages, and those of its sinks. */
export function relationsOf(pipeline: Pipeline): Relation[] {
  const of = (
    role: Relation['role'],
    table: Table,
    relation: string,
    ownColumns: readonly string[] = [],
  ): Relation => ({
    ...{ role, table, relation, ownColumns },
  });
  return [
    of('cleaned', pipeline.cleaned, physical.cleaned(pipeline.cleaned.tableName)),
    ...pipeline.curated.flatMap((table) => [
      of('curated', table, physical.curated(table.tableName)),
      of('stage', table, physical.stage(table.tableName)),
    ]),
    ...pipeline.publish.map(({ table, relation, ownColumns }) =>
      of('published', table, relationName(relation), Object.keys(ownColumns ?? {})),
    ),
  ];
}

/** Where the windows of curated `table` stand: as curated, then as each sink keeps them. */
export const windowRelations = (pipeline: Pipeline, table: Table): Relation[] =>
  relationsOf(pipeline).filter((one) => one.table === table && (one.role === 'curated' || one.role === 'published'));

/** What is there of `relations`, one after the other; null where there is nothing of that name. */
export async function readShapes(
  on: Pick<Tx, 'query'>,
  relations: readonly Pick<Relation, 'relation'>[],
): Promise<(Shape | null)[]> {
  const rows = await on.query<{ place: number; kind: string; columns: Shape['columns'] | null; key: string[] }>(
    `select w.place::integer, c.relkind as kind,
            (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull)
                             order by a.attnum)
               from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
            array(select a.attname::text
                    from pg_index i
                    join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey)
                   where i.indrelid = c.oid and i.indisprimary
                order by a.attname) as key
       from unnest($1::text[]) with ordinality w (name, place)
       join pg_class c on c.oid = to_regclass(w.name)`,
    [relations.map(({ relation }) => relation)],
  );
  const shapes = new Map<number, Shape>(
    rows.map(({ place, kind, columns, key }) => [
      place,
      { isTable: ['r', 'p'].includes(kind), columns: columns ?? [], key },
    ]),
  );
  return relations.map((_, i) => shapes.get(i + 1) ?? null);
}

const HIDDEN = { cleaned: '_live', curated: '_window', stage: '_epoch', published: '_window' } as const;

/** True when weir keeps this relation: a table with the hidden column of its role. */
export const isOurs = ({ role }: Pick<Relation, 'role'>, shape: Shape): boolean =>
  shape.isTable && shape.columns.some(({ name }) => name === HIDDEN[role]);

/** Where the declared columns and those that are there differ: to add, in the order of the declaration, then clashes and drops in the table's. */
export function compareColumns(
  { table, ownColumns }: Pick<Relation, 'table' | 'ownColumns'>,
  { columns }: Shape,
): ColumnDifference[] {
  const declared = new Map(Object.entries(table.columns).map(([column, { facts }]) => [column, PG_TYPES[facts.type]]));
  const there = new Map(columns.map((column) => [column.name, column]));
  return [
    ...[...declared].flatMap(([column, type]): ColumnDifference[] => {
      const found = there.get(column);
      if (!found) return [{ column, change: 'add', type, found: null, notNull: false }];
      return found.type === type ? [] : [{ column, change: 'clash', type, found: found.type, notNull: found.notNull }];
    }),
    ...columns.flatMap(({ name, type, notNull }): ColumnDifference[] =>
      declared.has(name) || name.startsWith('_') || ownColumns.includes(name)
        ? []
        : [{ column: name, change: 'drop', type, found: type, notNull }],
    ),
  ];
}
