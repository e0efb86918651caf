import { DefinitionInvalid } from '../run/errors';

/** The column words, each with the PostgreSQL type it becomes. */
export const PG_TYPES = {
  text: 'text',
  integer: 'integer',
  bigint: 'bigint',
  float: 'double precision',
  numeric: 'numeric',
  boolean: 'boolean',
  date: 'date',
  timestamptz: 'timestamp with time zone',
  uuid: 'uuid',
  json: 'jsonb',
} as const;

export type ColumnType = keyof typeof PG_TYPES;

/** What TypeScript sees for each column type; numbers that JavaScript cannot hold exactly stay text. */
interface Values {
  text: string;
  integer: number;
  bigint: bigint;
  float: number;
  numeric: string;
  boolean: boolean;
  date: string;
  timestamptz: Date;
  uuid: string;
  json: unknown;
}

/** Facts of a column as plain data: what the store, the cleaner and the documentation read. */
export interface ColumnFacts {
  readonly type: ColumnType;
  readonly nullable: boolean;
  /** The source's field; the words of a path for what lies inside objects; the column's own name where unset. */
  readonly from?: string | readonly string[];
  /** The placeholder of the source's path that it is read from, in the place of a field. */
  readonly path?: string;
  readonly unit?: string;
  readonly description?: string;
  /** Escape hatch: the field's text (null for an absent one) to text that the column's type reads, or null. Throws to dead-letter. */
  readonly parse?: Parser;
  /** What the column takes of its type; another value is a dead letter. */
  readonly limits?: ColumnLimits;
  /** What the parser is called; the name stands for it in the fingerprint of cleaning. Set wherever `parse` is. */
  readonly parser?: string;
}

/** What a column takes of its type; whether its type has such limits is asked where the column has its name, in cleaned(). */
export interface ColumnLimits {
  readonly min?: number | bigint | string | Date;
  readonly max?: number | bigint | string | Date;
  readonly matches?: RegExp;
}

/** What a column of type `T` may be bounded by; numbers to the digit and moments are text too. */
type Bound<T extends ColumnType> = T extends 'integer' | 'float'
  ? number
  : T extends 'bigint'
    ? number | bigint
    : T extends 'numeric'
      ? number | `${number}`
      : T extends 'date'
        ? string
        : T extends 'timestamptz'
          ? string | Date
          : never;

/** A field's text (null for an absent one) to text that the column's type reads, or null. */
export type Parser = (text: string | null) => string | null;

/** One column: name (its key in `columns`), type, origin, unit, meaning; built in one line. */
export class Column<T extends ColumnType, N extends boolean = false> {
  declare readonly value: N extends true ? Values[T] | null : Values[T];

  constructor(readonly facts: ColumnFacts & { readonly type: T }) {}

  /**
   * The source's field that this column is read from. In NDJSON more words lead into objects: `.from('user', 'geo', 'country')`; where one of
   * them is no object, or not there, there is no value. A dot in a word is a dot.
   */
  from(field: string, ...inside: readonly string[]): Column<T, N> {
    const wrong = [field, ...inside].find((word: unknown) => typeof word !== 'string');
    if (wrong !== undefined || field === undefined)
      throw new DefinitionInvalid(`.from(${JSON.stringify(wrong) ?? ''}) names no field`, {
        next: "name the field, or each object on the way to it: .from('user', 'geo', 'country')",
        stillTrue: 'nothing was changed',
      });
    return this.with({ from: inside.length === 0 ? field : [field, ...inside] });
  }
  /** The placeholder of the source's path that this column is read from: `{store}` of `drops/store={store}/{date}.csv`, `{date}` too. */
  path(placeholder: string): Column<T, N> {
    return this.with({ path: placeholder });
  }
  /** The least that the column takes; less is a dead letter, null is none. */
  min(bound: Bound<T>): Column<T, N> {
    return this.limited({ min: bound });
  }
  /** The greatest that the column takes. */
  max(bound: Bound<T>): Column<T, N> {
    return this.limited({ max: bound });
  }
  /** The expression is found in every text; `^` and `$` anchor. Only what JavaScript and PostgreSQL read alike; no text makes it slow. */
  matches(this: Column<'text', N>, expression: RegExp): Column<'text', N> {
    return this.limited({ matches: expression });
  }
  /** Absent, empty or JSON null becomes NULL; without this such a record is a dead letter. */
  nullable(): Column<T, true> {
    return this.with({ nullable: true }) as unknown as Column<T, true>;
  }
  /** What one is (`minute`, `mile`, `row`): units travel with numbers. */
  unit(unit: string): Column<T, N> {
    return this.with({ unit });
  }
  describe(description: string): Column<T, N> {
    return this.with({ description });
  }
  /**
   * The escape hatch: text in, text that the column's type reads (or null) out; throwing makes a dead letter.
   * `name` stands for the function: `na-is-null@1`, and `@2` once it reads otherwise. A function's text is no name, since every compiler prints another.
   */
  parse(name: string, parse: Parser): Column<T, N> {
    // The compiler refuses both; a definition in JavaScript has no compiler.
    if (typeof name !== 'string' || name.trim() === '' || typeof parse !== 'function')
      throw new DefinitionInvalid('a parser has no name, so nothing would say when it reads otherwise', {
        next: "give it a name, and another whenever it reads otherwise: .parse('na-is-null@1', (text) => …)",
        stillTrue: 'nothing was changed',
      });
    return this.with({ parser: name, parse });
  }

  private limited(more: ColumnLimits): Column<T, N> {
    return this.with({ limits: { ...this.facts.limits, ...more } });
  }
  private with(more: Partial<Omit<ColumnFacts, 'type'>>): Column<T, N> {
    return new Column<T, N>({ ...this.facts, ...more });
  }
}

export type Columns = Readonly<Record<string, Column<ColumnType, boolean>>>;

/** The row of a table with these columns, as TypeScript sees it. */
export type Row<C extends Columns> = { -readonly [K in keyof C]: C[K]['value'] };

/** Names of the columns of `C` that have type `T`. */
export type ColumnsOfType<C extends Columns, T extends ColumnType> = {
  [K in keyof C & string]: C[K] extends Column<T, boolean> ? K : never;
}[keyof C & string];

const word =
  <T extends ColumnType>(type: T) =>
  (): Column<T> =>
    new Column<T>({ type, nullable: false });

/** Unicode text, without NUL (PostgreSQL holds none). */
export const text = word('text');
/** Whole number in 32 bits. */
export const integer = word('integer');
/** Whole number in 64 bits; a `bigint` in TypeScript. */
export const bigint = word('bigint');
/** IEEE 754 double; neither NaN nor infinite. */
export const float = word('float');
/** Decimal number of any size, kept to the digit; text in TypeScript. */
export const numeric = word('numeric');
/** true/false, t/f, 1/0, in any case. */
export const boolean = word('boolean');
/** Calendar day, YYYY-MM-DD. */
export const date = word('date');
/** Moment, ISO 8601; without a zone it is read as UTC; finer than a microsecond is cut off. */
export const timestamptz = word('timestamptz');
/** 8-4-4-4-12 hexadecimal digits. */
export const uuid = word('uuid');
/** Any JSON value, held as jsonb. */
export const json = word('json');
