import { DefinitionInvalid } from '../run/errors';
import type { Ambiguous } from '../time/localTime';

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
  /** Several fields of the record, whose texts are joined by one space, in the place of one. */
  readonly fields?: readonly string[];
  /** It holds, as one object, every field that no column reads. */
  readonly rest?: true;
  readonly unit?: string;
  readonly description?: string;
  /** Escape hatch: the field's text (null for an absent one) to text that the column's type reads, or null. Throws to dead-letter. */
  readonly parse?: Parser;
  /** What the column takes of its type; another value is a dead letter. */
  readonly limits?: ColumnLimits;
  /** What the parser is called; the name stands for it in the fingerprint of cleaning. Set wherever `parse` is. */
  readonly parser?: string;
  /** How the field's text is read; absent where it is read as its type alone says. */
  readonly words?: ColumnWords;
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

/** How a column reads its field's text, where its type alone does not say it. */
export interface ColumnWords {
  /** How a day or moment is written: `dd.MM.yyyy HH:mm`. */
  readonly format?: string;
  /** Whose clocks a moment without an offset is of. */
  readonly zone?: string;
  readonly ambiguous?: Ambiguous;
  /** A number: seconds or milliseconds since 1970. */
  readonly epoch?: Epoch;
  /** The only texts that the column takes. */
  readonly oneOf?: readonly string[];
  /** What a float may be besides a finite number. */
  readonly allow?: readonly NotFinite[];
}

export type Epoch = 's' | 'ms';
export type NotFinite = 'NaN' | 'Infinity';

/** A field's text (null for an absent one) to text that the column's type reads, or null. */
export type Parser = (text: string | null) => string | null;

/** One column: name (its key in `columns`), type, origin, unit, meaning; built in one line. */
export class Column<T extends ColumnType, N extends boolean = false, V = Values[T]> {
  declare readonly value: N extends true ? V | null : V;

  constructor(readonly facts: ColumnFacts & { readonly type: T }) {}

  /**
   * The source's field that this column is read from. In NDJSON more words lead into objects: `.from('user', 'geo', 'country')`; where one of
   * them is no object, or not there, there is no value. A dot in a word is a dot.
   */
  from(field: string, ...inside: readonly string[]): Column<T, N, V> {
    const wrong = [field, ...inside].find((word: unknown) => typeof word !== 'string');
    if (wrong !== undefined || field === undefined)
      throw new DefinitionInvalid(`.from(${JSON.stringify(wrong) ?? ''}) names no field`, {
        next: "name the field, or each object on the way to it: .from('user', 'geo', 'country')",
        stillTrue: 'nothing was changed',
      });
    return this.with({ from: inside.length === 0 ? field : [field, ...inside] });
  }
  /** The placeholder of the source's path that this column is read from: `{store}` of `drops/store={store}/{date}.csv`, `{date}` too. */
  path(placeholder: string): Column<T, N, V> {
    return this.with({ path: placeholder });
  }
  /**
   * Every field that no column reads, as one object: values of NDJSON as they are written, of CSV as text; fields inside mapped objects inside
   * objects of the same names. `{}` where none is left. A column that is written later takes its field out, back to the first day.
   */
  rest(this: Column<'json', N, V>): Column<'json', N, V> {
    return this.with({ rest: true });
  }
  /** The least that the column takes; less is a dead letter, null is none. */
  min(bound: Bound<T>): Column<T, N, V> {
    return this.limited({ min: bound });
  }
  /** The greatest that the column takes. */
  max(bound: Bound<T>): Column<T, N, V> {
    return this.limited({ max: bound });
  }
  /** The expression is found in every text; `^` and `$` anchor. Only what JavaScript and PostgreSQL read alike; no text makes it slow. */
  matches(this: Column<'text', N, V>, expression: RegExp): Column<'text', N, V> {
    return this.limited({ matches: expression });
  }
  /**
   * Several fields of the record that make one value: their texts, without spaces around them, joined by one space, as `.format` reads them:
   * `.fromFields('year', 'month', 'day', 'dep_time').format('yyyy M d Hmm')`. NULL where one of them is.
   */
  fromFields(...fields: readonly [string, string, ...string[]]): Column<T, N, V> {
    return this.with({ fields });
  }
  /** Absent, empty or JSON null becomes NULL; without this such a record is a dead letter. */
  nullable(): Column<T, true, V> {
    return this.with({ nullable: true }) as unknown as Column<T, true, V>;
  }
  /** What one is (`minute`, `mile`, `row`): units travel with numbers. */
  unit(unit: string): Column<T, N, V> {
    return this.with({ unit });
  }
  describe(description: string): Column<T, N, V> {
    return this.with({ description });
  }
  /**
   * The escape hatch: text in, text that the column's type reads (or null) out; throwing makes a dead letter.
   * `name` stands for the function: `na-is-null@1`, and `@2` once it reads otherwise. A function's text is no name, since every compiler prints another.
   */
  parse(name: string, parse: Parser): Column<T, N, V> {
    // The compiler refuses both; a definition in JavaScript has no compiler.
    if (typeof name !== 'string' || name.trim() === '' || typeof parse !== 'function')
      throw new DefinitionInvalid('a parser has no name, so nothing would say when it reads otherwise', {
        next: "give it a name, and another whenever it reads otherwise: .parse('na-is-null@1', (text) => …)",
        stillTrue: 'nothing was changed',
      });
    return this.with({ parser: name, parse });
  }

  /** How a day or a moment is written: `dd.MM.yyyy HH:mm`. Text between single quotes stands there as it is; docs/files.md has the letters. */
  format(this: Column<'date', N, V> | Column<'timestamptz', N, V>, format: string): Column<T, N, V> {
    return this.reading({ format }) as unknown as Column<T, N, V>;
  }
  /** Whose clocks show a moment that is written without an offset: `Europe/Berlin`. One that they skipped, or showed twice, is a dead letter. */
  zone(this: Column<'timestamptz', N, V>, zone: string): Column<'timestamptz', N, V> {
    return this.reading({ zone });
  }
  /** Of a moment that clocks of the zone showed twice, which it is. */
  ambiguous(this: Column<'timestamptz', N, V>, which: Ambiguous): Column<'timestamptz', N, V> {
    return this.reading({ ambiguous: which });
  }
  /** The field is a number: seconds (`s`) or milliseconds (`ms`) since 1970-01-01 in UTC. */
  epoch(this: Column<'timestamptz', N, V>, unit: Epoch): Column<'timestamptz', N, V> {
    return this.reading({ epoch: unit });
  }
  /** The only values that the column takes, in TypeScript too; another one is a dead letter. */
  oneOf<const W extends readonly [string, ...string[]]>(
    this: Column<'text', N, V>,
    ...values: W
  ): Column<'text', N, W[number]> {
    return this.reading({ oneOf: values }) as unknown as Column<'text', N, W[number]>;
  }
  /** What the column takes besides finite numbers; `Infinity` with either sign. */
  allow(this: Column<'float', N, V>, ...values: readonly [NotFinite, ...NotFinite[]]): Column<'float', N, V> {
    return this.reading({ allow: values });
  }

  private limited(more: ColumnLimits): Column<T, N, V> {
    return this.with({ limits: { ...this.facts.limits, ...more } });
  }
  private with(more: Partial<Omit<ColumnFacts, 'type'>>): Column<T, N, V> {
    return new Column<T, N, V>({ ...this.facts, ...more });
  }
  // Whether words go together is asked where the column has its name: in cleaned().
  private reading(more: ColumnWords): Column<T, N, V> {
    return this.with({ words: { ...this.facts.words, ...more } });
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
