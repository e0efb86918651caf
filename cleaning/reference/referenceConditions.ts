import type { ConditionNode, TermNode } from '../../model/rules/node';
import type { Pattern } from '../../model/rules/pattern';

/** A number as a fraction, a text, a double, or a moment in microseconds. */
type Value = readonly [over: bigint, under: bigint] | bigint | number | string | boolean;

/** What `node` says of a record: true, false, or null where it needs a value that is null. `literals` are the record's, by column. */
export function says(node: ConditionNode, literals: ReadonlyMap<string, string | null>): boolean | null {
  switch (node.is) {
    case 'null':
      return valueOf(node.of, literals) === null;
    case 'not': {
      const said = says(node.of, literals);
      return said === null ? null : !said;
    }
    case 'and': {
      const all = node.of.map((one) => says(one, literals));
      return all.includes(false) ? false : all.includes(null) ? null : true;
    }
    case 'or': {
      const all = node.of.map((one) => says(one, literals));
      return all.includes(true) ? true : all.includes(null) ? null : false;
    }
    case 'matches': {
      const text = valueOf(node.of, literals) as string | null;
      if (text === null) return null;
      const letters = [...text];
      return ends(node.pattern, letters, new Set([0])).has(letters.length);
    }
    case 'compared': {
      const [left, right] = [valueOf(node.left, literals), valueOf(node.right, literals)];
      if (left === null || right === null) return null;
      const [equal, less] = [isEqual(left, right), isLess(left, right)];
      return {
        ...{ '=': equal, '<>': !equal, '<': less, '<=': less || equal },
        ...{ '>': !less && !equal, '>=': !less },
      }[node.by];
    }
  }
}

function isEqual(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a[0] * b[1] === b[0] * a[1];
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

// Of doubles NaN is the greatest.
function isLess(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a[0] * b[1] < b[0] * a[1];
  return a < b || (!Number.isNaN(a) && Number.isNaN(b));
}

function valueOf(node: TermNode, literals: ReadonlyMap<string, string | null>): Value | null {
  switch (node.is) {
    case 'column': {
      const literal = literals.get(node.column) ?? null;
      return literal === null ? null : read(node.type, literal);
    }
    case 'plus':
    case 'minus':
    case 'times': {
      const left = valueOf(node.left, literals) as [bigint, bigint] | null;
      const right = valueOf(node.right, literals) as [bigint, bigint] | null;
      if (left === null || right === null) return null;
      if (node.is === 'times') return [left[0] * right[0], left[1] * right[1]];
      const sign = node.is === 'minus' ? -1n : 1n;
      return [left[0] * right[1] + sign * right[0] * left[1], left[1] * right[1]];
    }
    case 'later': {
      const value = valueOf(node.of, literals) as bigint | null;
      return value === null ? null : value + BigInt(node.by) * (node.type === 'date' ? DAY : 1_000n);
    }
    case 'length': {
      const text = valueOf(node.of, literals) as string | null;
      return text === null ? null : [BigInt([...text].length), 1n];
    }
    case 'exact':
      return read('numeric', node.value);
    case 'float':
    case 'boolean':
    case 'text':
      return node.value;
    default:
      return read(node.is, node.value);
  }
}

const DAY = 86_400_000_000n;

// A literal that PostgreSQL would read as `type`.
function read(type: string, literal: string): Value {
  switch (type) {
    case 'integer':
    case 'bigint':
    case 'numeric': {
      const [, number, exponent = '0'] = /^([^eE]*)(?:[eE](.*))?$/.exec(literal.trim())!;
      const [whole, fraction = ''] = number!.split('.');
      const tens = Number(exponent) - fraction.length;
      const digits = BigInt((whole! + fraction).replace('+', '').replace(/^-?$/, '0'));
      return tens >= 0 ? [digits * 10n ** BigInt(tens), 1n] : [digits, 10n ** BigInt(-tens)];
    }
    case 'float':
      // -0 is 0.
      return Number(literal) + 0;
    case 'boolean':
      return literal === 'true';
    case 'date':
      return BigInt(Date.parse(`${literal}T00:00:00Z`)) * 1_000n;
    case 'timestamptz': {
      const [, whole, micros, zone] = /^(.{19})\.(\d{6})(.*)$/.exec(literal)!;
      return BigInt(Date.parse(whole!.replace(' ', 'T') + zone!)) * 1_000n + BigInt(micros!);
    }
    case 'uuid':
      return literal.toLowerCase();
    default:
      return literal;
  }
}

// Where `pattern` may end, begun at any of `from`: what it means, and no more.
function ends(pattern: Pattern, letters: readonly string[], from: ReadonlySet<number>): ReadonlySet<number> {
  switch (pattern.is) {
    case 'set':
      return new Set(
        [...from].flatMap((at) => {
          const point = letters[at]?.codePointAt(0);
          return point !== undefined && pattern.ranges.some(([low, high]) => low <= point && point <= high)
            ? [at + 1]
            : [];
        }),
      );
    case 'each':
      return pattern.of.reduce((places, one) => ends(one, letters, places), from);
    case 'either':
      return new Set(pattern.of.flatMap((one) => [...ends(one, letters, from)]));
    case 'times': {
      let places = from;
      for (let i = 0; i < pattern.min; i++) places = ends(pattern.of, letters, places);
      const all = new Set(places);
      for (let i = pattern.min; places.size > 0 && (pattern.max === null || i < pattern.max); i++) {
        places = new Set([...ends(pattern.of, letters, places)].filter((at) => !all.has(at)));
        for (const at of places) all.add(at);
      }
      return all;
    }
  }
}
