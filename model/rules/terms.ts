import type { Column, Columns, ColumnType } from '../definition/column';
import { DefinitionInvalid } from '../run/errors';
import type { Duration } from '../time/time';
import { durationMs } from '../time/time';
import { dateLiteral, exactLiteral, floatLiteral, momentLiteral, textLiteral, uuidLiteral } from './literal';
import type { Comparison, ConditionNode, Kind, TermNode } from './node';
import { patternOf } from './pattern';

/** What a rule says of one record of a table with rows `R`. Where a value that it needs is null it says nothing, as in SQL. */
export class Condition<in R> {
  /** Type-level only: what a row must have. */
  declare readonly needs?: (row: R) => void;

  constructor(readonly node: ConditionNode) {}

  and(...others: readonly [Condition<R>, ...Condition<R>[]]): Condition<R> {
    return new Condition({ is: 'and', of: [this.node, ...others.map(({ node }) => node)] });
  }
  or(...others: readonly [Condition<R>, ...Condition<R>[]]): Condition<R> {
    return new Condition({ is: 'or', of: [this.node, ...others.map(({ node }) => node)] });
  }
  not(): Condition<R> {
    return new Condition({ is: 'not', of: this.node });
  }
}

abstract class Term<R> {
  constructor(readonly node: TermNode) {}

  /** There is no value. The only question that null answers. */
  isNull(): Condition<R> {
    return new Condition({ is: 'null', of: this.node });
  }
}

/** Values of one kind that are equal or not: `V` is what the kind is in TypeScript, `T` a term of it. */
abstract class Equal<R, V> extends Term<R> {
  declare readonly comparable: V;
  protected abstract readonly kind: Kind;
  protected abstract literal(value: V): TermNode;

  eq(other: V | Equal<R, V>): Condition<R> {
    return this.compared('=', other);
  }
  ne(other: V | Equal<R, V>): Condition<R> {
    return this.compared('<>', other);
  }
  /** It is one of these. */
  in(...values: readonly [V, ...V[]]): Condition<R> {
    const of = values.map((value) => this.compared('=', value).node);
    return new Condition(of.length === 1 ? of[0]! : { is: 'or', of });
  }

  protected compared(by: Comparison, other: V | Equal<R, V>): Condition<R> {
    if (other === undefined || other === null)
      throw new DefinitionInvalid(`${JSON.stringify(other) ?? 'undefined'} compares with nothing`, {
        next: 'compare with a column of this table or a value; .isNull() asks for null',
        stillTrue: 'nothing was changed',
      });
    const right = other instanceof Term ? (other as Term<R>).node : this.literal(other);
    return new Condition({ is: 'compared', by, as: this.kind, left: this.node, right });
  }
}

/** Values of one kind that have an order. */
abstract class Ordered<R, V> extends Equal<R, V> {
  lt(other: V | Equal<R, V>): Condition<R> {
    return this.compared('<', other);
  }
  lte(other: V | Equal<R, V>): Condition<R> {
    return this.compared('<=', other);
  }
  gt(other: V | Equal<R, V>): Condition<R> {
    return this.compared('>', other);
  }
  gte(other: V | Equal<R, V>): Condition<R> {
    return this.compared('>=', other);
  }
  /** Both ends are in it. */
  between(min: V | Equal<R, V>, max: V | Equal<R, V>): Condition<R> {
    return this.gte(min).and(this.lte(max));
  }
}

/** Factors of one product, each of up to 1,000 digits behind the point: PostgreSQL keeps 16,383 of them. */
const MOST_FACTORS = 4;
const factors = (node: TermNode): number =>
  node.is === 'times'
    ? factors(node.left) + factors(node.right)
    : 'left' in node
      ? Math.max(factors(node.left), factors(node.right))
      : 1;

/** What an exact number is in a rule: text is `'12.50'`, to the digit. */
type Number_ = number | bigint | `${number}`;

/** A number to the digit: of an integer, bigint or numeric column, a length, or computed of such. There is no division: it has no last digit. */
export class ExactTerm<R> extends Ordered<R, Number_> {
  protected readonly kind = 'exact';
  protected literal(value: Number_): TermNode {
    return exactLiteral(value);
  }

  plus(other: Number_ | ExactTerm<R>): ExactTerm<R> {
    return this.with('plus', other);
  }
  minus(other: Number_ | ExactTerm<R>): ExactTerm<R> {
    return this.with('minus', other);
  }
  times(other: Number_ | ExactTerm<R>): ExactTerm<R> {
    return this.with('times', other);
  }

  private with(is: 'plus' | 'minus' | 'times', other: Number_ | ExactTerm<R>): ExactTerm<R> {
    const node: TermNode = {
      is,
      left: this.node,
      right: other instanceof ExactTerm ? other.node : exactLiteral(other),
    };
    if (factors(node) > MOST_FACTORS)
      throw new DefinitionInvalid(`a product of ${factors(node)} factors may have more digits than PostgreSQL keeps`, {
        next: `multiply at most ${MOST_FACTORS}, or compute it in a select and check it there`,
        stillTrue: 'nothing was changed',
      });
    return new ExactTerm(node);
  }
}

/** A double: it compares with doubles. Money is numeric. */
export class FloatTerm<R> extends Ordered<R, number> {
  declare readonly double: true;
  protected readonly kind = 'float';
  protected literal(value: number): TermNode {
    return floatLiteral(value);
  }
}

/** A text; it has no order, since every collation has another. */
export class TextTerm<R> extends Equal<R, string> {
  declare readonly text: true;
  protected readonly kind = 'text';
  protected literal(value: string): TermNode {
    return textLiteral(value);
  }

  /** How many characters it has (code points). */
  length(): ExactTerm<R> {
    return new ExactTerm({ is: 'length', of: this.node });
  }
  /** The expression is found in it; `^` and `$` anchor. Only what JavaScript and PostgreSQL read alike; no text makes it slow. */
  matches(expression: RegExp): Condition<R> {
    return new Condition(matching(this.node, expression));
  }
}

/** A day. */
export class DateTerm<R> extends Ordered<R, string> {
  declare readonly day: true;
  protected readonly kind = 'date';
  protected literal(value: string): TermNode {
    return dateLiteral(value);
  }
  /** So many days later; earlier where negative. */
  plusDays(days: number): DateTerm<R> {
    if (!Number.isInteger(days) || Math.abs(days) > 1e6)
      throw new DefinitionInvalid(`plusDays(${String(days)}): a whole number of days, at most a million`, {
        next: 'write it as .plusDays(30)',
        stillTrue: 'nothing was changed',
      });
    return new DateTerm({ is: 'later', of: this.node, type: 'date', by: days });
  }
}

/** A moment. */
export class MomentTerm<R> extends Ordered<R, string | Date> {
  declare readonly moment: true;
  protected readonly kind = 'timestamptz';
  protected literal(value: string | Date): TermNode {
    return momentLiteral(value);
  }
  plus(duration: Duration): MomentTerm<R> {
    return this.later(duration, 1);
  }
  minus(duration: Duration): MomentTerm<R> {
    return this.later(duration, -1);
  }

  private later(duration: Duration, sign: 1 | -1): MomentTerm<R> {
    try {
      return new MomentTerm({ is: 'later', of: this.node, type: 'timestamptz', by: sign * durationMs(duration) });
    } catch (cause) {
      throw new DefinitionInvalid((cause as Error).message, { next: "write it as '90m', '24h' or '7d'", cause });
    }
  }
}

class BooleanTerm<R> extends Equal<R, boolean> {
  protected readonly kind = 'boolean';
  protected literal(value: boolean): TermNode {
    if (typeof value === 'boolean') return { is: 'boolean', value };
    throw new DefinitionInvalid(`${JSON.stringify(value)} is no boolean`, { next: 'write true or false' });
  }
}

class UuidTerm<R> extends Equal<R, string> {
  declare readonly uuid: true;
  protected readonly kind = 'uuid';
  protected literal(value: string): TermNode {
    return uuidLiteral(value);
  }
}

/** JSON is there or not; what is in it is for a column of its own, or a select. */
class JsonTerm<R> extends Term<R> {
  declare readonly json: true;
}

const TERMS = {
  ...{ integer: ExactTerm, bigint: ExactTerm, numeric: ExactTerm, float: FloatTerm, text: TextTerm, date: DateTerm },
  ...{ timestamptz: MomentTerm, boolean: BooleanTerm, uuid: UuidTerm, json: JsonTerm },
} as const;

/** The term of a column of type `T`. */
type TermOf<T, R> = T extends 'integer' | 'bigint' | 'numeric'
  ? ExactTerm<R>
  : T extends 'float'
    ? FloatTerm<R>
    : T extends 'text'
      ? TextTerm<R>
      : T extends 'date'
        ? DateTerm<R>
        : T extends 'timestamptz'
          ? MomentTerm<R>
          : T extends 'boolean'
            ? BooleanTerm<R>
            : T extends 'uuid'
              ? UuidTerm<R>
              : JsonTerm<R>;

/** The columns of a table as rules see them: `r.dropoff.gte(r.pickup)`. */
export type Fields<C extends Columns, R> = { readonly [K in keyof C & string]: TermOf<C[K]['facts']['type'], R> };

/** The columns of a table, for rules over them. */
export const fieldsOf = <C extends Columns, R>(columns: C): Fields<C, R> =>
  Object.fromEntries(
    Object.entries(columns).map(([column, { facts }]: [string, Column<ColumnType, boolean>]) => [
      column,
      new TERMS[facts.type]({ is: 'column', column, type: facts.type }),
    ]),
  ) as unknown as Fields<C, R>;

/** `of` matches `expression`. @throws DefinitionInvalid where JavaScript and PostgreSQL would read it differently */
export function matching(of: TermNode, expression: RegExp): ConditionNode {
  try {
    if (!(expression instanceof RegExp)) throw new RangeError('it is no regular expression');
    return { is: 'matches', of, source: String(expression), pattern: patternOf(expression) };
  } catch (cause) {
    throw new DefinitionInvalid(`.matches(${String(expression)}): ${(cause as Error).message}`, {
      next: 'write it without that, as /^[A-Z]{2}[0-9]+$/, or cut the value out by .parse()',
      stillTrue: 'nothing was changed',
      cause,
    });
  }
}
