import type { CalendarDuration } from '../time/time';
import type { Check, GateCheck } from './check';
import type { FieldContract, MissingField, NewField } from './contract';
import { fieldContract } from './contract';
import type { Columns, ColumnsOfType, Row } from './column';
import { checkWords, refuseWords } from './reading/columnWords';
import type { Key } from './key';
import type { Fields } from '../rules/terms';
import { fieldsOf } from '../rules/terms';
import { assertRules } from '../rules/tableRules';
import type { Sql, TableHole } from './sql';
import { Covers, Edge } from './sql';

interface CleanedDefinition<C extends Columns> extends FieldContract {
  readonly name: string;
  readonly description?: string;
  readonly columns: C;
  readonly key: Key | readonly (keyof C & string)[];
  /** The column whose value places a row in a window; leave it out only with `window: 'whole'`. */
  readonly eventTime?: ColumnsOfType<C, 'timestamptz'>;
  /** Of two rows with one key the greater wins; equal or unset: the later origin, then the later position. */
  readonly latestBy?: keyof C & string;
  /** The checks, or what makes them of the table's columns: `(r) => [expect('drop-off after pick-up', r.dropoff.gte(r.pickup))]`. */
  readonly checks?: readonly Check<Row<C>>[] | ((r: Fields<C, Row<C>>) => readonly Check<Row<C>>[]);
  /** Says what no text shows; changing it makes the table stale. */
  readonly version?: string;
}

/** A cleaned table: typed, validated, one live row a key. */
export interface Cleaned<C extends Columns = Columns> extends TableHole {
  readonly layer: 'cleaned';
  readonly tableName: string;
  readonly description?: string;
  readonly columns: C;
  readonly key: Key;
  readonly eventTime?: string;
  readonly latestBy?: string;
  readonly checks: readonly Check<never>[];
  readonly newField: NewField;
  /** Unset: as the format has it. */
  readonly missingField?: MissingField;
  readonly version?: string;
}

/** What a select may ask of the window it computes. */
export interface WindowHole {
  /** `column` lies in the window; `before` and `after` declare a longer reach. */
  covers(column: string, reach?: { before?: CalendarDuration; after?: CalendarDuration }): Covers;
  readonly start: Edge;
  readonly end: Edge;
}

interface CuratedDefinition<C extends Columns> {
  readonly name: string;
  readonly description?: string;
  readonly columns: C;
  readonly key: readonly (keyof C & string)[];
  readonly checks?: readonly GateCheck<Row<C>>[] | ((r: Fields<C, Row<C>>) => readonly GateCheck<Row<C>>[]);
  readonly select: (context: { window: WindowHole }) => Sql;
  readonly version?: string;
}

/** A curated table: computed by SQL from cleaned and curated tables, window by window. */
export interface Curated<C extends Columns = Columns> extends TableHole {
  readonly layer: 'curated';
  readonly tableName: string;
  readonly description?: string;
  readonly columns: C;
  readonly key: readonly string[];
  readonly checks: readonly Check<never>[];
  readonly select: Sql;
  readonly version?: string;
}

export type Table = Cleaned | Curated;

function checksOf<C extends Columns, K>(
  name: string,
  checks: readonly K[] | ((r: Fields<C, Row<C>>) => readonly K[]) | undefined,
  columns: C,
): readonly Check<never>[] {
  const made = typeof checks === 'function' ? checks(fieldsOf<C, Row<C>>(columns)) : checks;
  const asked = (made ?? []) as readonly Check<never>[];
  assertRules(name, { columns, checks: asked });
  return asked;
}

/** Declares a cleaned table. */
export function cleaned<const C extends Columns>(definition: CleanedDefinition<C>): Cleaned<C> {
  const { name, key, checks, newField, missingField, extraFields, ...rest } = definition;
  for (const [column, { facts }] of Object.entries(definition.columns)) checkWords(name, column, facts);
  return {
    ...rest,
    layer: 'cleaned',
    tableName: name,
    key: 'kind' in key ? key : { kind: 'columns', columns: key },
    checks: checksOf(name, checks, rest.columns),
    ...fieldContract(name, { newField, missingField, extraFields }, definition.columns),
  };
}

/** Declares a curated table; the select is read once, with holes where the window will be. */
export function curated<const C extends Columns>(definition: CuratedDefinition<C>): Curated<C> {
  const { name, checks, select, ...rest } = definition;
  for (const [column, { facts }] of Object.entries(definition.columns)) refuseWords(name, column, facts);
  const window: WindowHole = {
    covers: (column, reach) => new Covers(column, reach?.before, reach?.after),
    start: new Edge('start'),
    end: new Edge('end'),
  };
  return {
    ...rest,
    layer: 'curated',
    tableName: name,
    checks: checksOf(name, checks, rest.columns),
    select: select({ window }),
  };
}
