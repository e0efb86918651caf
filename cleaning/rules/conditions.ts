import type { ColumnType } from '../../model/definition/column';
import type { Comparison, ConditionNode, TermNode } from '../../model/rules/node';
import { EPOCH_2000_MS } from '../calendar';
import { Automaton } from './automaton';
import type { Exact } from './exactNumber';
import { compareExact, exactBigint, exactNumeric, exactOf, negative, plus, times } from './exactNumber';
import type { Written } from './written';

/** A value of a written row, null where there is none: exact numbers, doubles, texts, days as numbers, moments as microseconds, uuids as their bytes. */
type Value = Exact | string | bigint | boolean | null;
type Term = (written: Written) => Value;
/** True, false, or null: unknown. */
type Condition = (written: Written) => boolean | null;

/** Asks `node` of written rows; `names` are the table's columns, in order. */
export function condition(node: ConditionNode, names: readonly string[]): Condition {
  switch (node.is) {
    case 'compared':
      return compared(node, names);
    case 'null': {
      const of = term(node.of, names);
      return (written) => of(written) === null;
    }
    case 'not': {
      const of = condition(node.of, names);
      return (written) => {
        const value = of(written);
        return value === null ? null : !value;
      };
    }
    case 'and':
    case 'or': {
      // One that is false makes `and` false, one that is true `or` true, whatever is unknown beside it.
      const decides = node.is === 'or';
      const all = node.of.map((one) => condition(one, names));
      return (written) => {
        let unknown = false;
        for (let i = 0; i < all.length; i++) {
          const value = all[i]!(written);
          if (value === decides) return decides;
          if (value === null) unknown = true;
        }
        return unknown ? null : !decides;
      };
    }
    case 'matches': {
      const of = term(node.of, names);
      const automaton = new Automaton(node.pattern);
      return (written) => {
        const value = of(written);
        return value === null ? null : automaton.matches(value as string);
      };
    }
  }
}

const HOLDS: Readonly<Record<Comparison, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compared(node: Extract<ConditionNode, { is: 'compared' }>, names: readonly string[]): Condition {
  const [left, right, holds] = [term(node.left, names), term(node.right, names), HOLDS[node.by]];
  const order = (node.as === 'exact' ? compareExact : node.as === 'float' ? compareFloat : compare) as (
    a: Value,
    b: Value,
  ) => number;
  return (written) => {
    const a = left(written);
    if (a === null) return null;
    const b = right(written);
    return b === null ? null : holds(order(a, b));
  };
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

// As PostgreSQL orders them: NaN equals itself and is greater than all.
const compareFloat = (a: number, b: number): number =>
  Number.isNaN(a) || Number.isNaN(b) ? Number(Number.isNaN(a)) - Number(Number.isNaN(b)) : compare(a, b);

function term(node: TermNode, names: readonly string[]): Term {
  switch (node.is) {
    case 'column':
      return field(names.indexOf(node.column), node.type);
    case 'plus':
      return both(node, names, plus);
    case 'minus':
      return both(node, names, (a, b) => plus(a, negative(b)));
    case 'times':
      return both(node, names, times);
    case 'later': {
      const of = term(node.of, names);
      const by = node.type === 'date' ? node.by : BigInt(node.by) * 1_000n;
      return (written) => {
        const value = of(written);
        return value === null ? null : typeof by === 'bigint' ? (value as bigint) + by : (value as number) + by;
      };
    }
    case 'length': {
      const of = term(node.of, names);
      return (written) => {
        const text = of(written) as string | null;
        return text === null ? null : characters(text);
      };
    }
    default: {
      const value = literal(node);
      return () => value;
    }
  }
}

function both(
  { left, right }: { readonly left: TermNode; readonly right: TermNode },
  names: readonly string[],
  of: (a: Exact, b: Exact) => Exact,
): Term {
  const [first, second] = [term(left, names), term(right, names)];
  return (written) => {
    const a = first(written);
    if (a === null) return null;
    const b = second(written);
    return b === null ? null : of(a as Exact, b as Exact);
  };
}

// Two halves of a pair are one character.
function characters(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) if ((text.charCodeAt(at) & 0xfc00) === 0xdc00) count--;
  return count;
}

type Literal = Exclude<TermNode, { is: 'column' | 'plus' | 'minus' | 'times' | 'later' | 'length' }>;

function literal(node: Literal): Value {
  switch (node.is) {
    case 'exact':
      return exactOf(node.value);
    case 'date':
      return (Date.parse(`${node.value}T00:00:00Z`) - EPOCH_2000_MS) / DAY_MS;
    case 'timestamptz': {
      const [, whole, micros, zone] = /^(.{19})\.(\d{6})(.*)$/.exec(node.value)!;
      return BigInt(Date.parse(whole! + zone!) - EPOCH_2000_MS) * 1_000n + BigInt(micros!);
    }
    case 'uuid':
      return Buffer.from(node.value.replaceAll('-', ''), 'hex').toString('latin1');
    default:
      return node.value;
  }
}

const DAY_MS = 86_400_000;

function field(index: number, type: ColumnType): Term {
  const read = READERS[type];
  return ({ bytes, starts }) => {
    const at = starts[index]!;
    // A length is -1 or below 2^30: its first byte says which.
    return bytes[at] === 0xff ? null : read(bytes, at + 4, starts[index + 1]!);
  };
}

const int32 = (bytes: Buffer, at: number): number =>
  (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;

const READERS: Readonly<Record<ColumnType, (bytes: Buffer, at: number, end: number) => Value>> = {
  integer: int32,
  date: int32,
  bigint: exactBigint,
  numeric: exactNumeric,
  float: (bytes, at) => bytes.readDoubleBE(at),
  boolean: (bytes, at) => bytes[at] === 1,
  timestamptz: (bytes, at) => bytes.readBigInt64BE(at),
  text: (bytes, at, end) => bytes.toString('utf8', at, end),
  uuid: (bytes, at, end) => bytes.toString('latin1', at, end),
  json: () => true,
};
