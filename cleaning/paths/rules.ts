import type { RowRule } from '../../model/definition/check';
import type { ColumnType } from '../../model/definition/column';
import type { Cleaned } from '../../model/definition/table';
import { DefinitionInvalid, quote } from '../../model/run/errors';
import type { ConditionNode } from '../../model/rules/node';
import { betweenCondition, deadLetterRules } from '../../model/rules/tableRules';
import { Output } from '../output';
import { condition } from '../rules/conditions';
import type { Written } from '../rules/written';
import { EXACT_PATHS } from './exactPath';

/** A dead-lettering rule, asked of a written row. */
export interface Rule {
  /** The column at fault: the first that the rule looks at. */
  readonly column: string;
  /** The places of all that it looks at. */
  readonly indexes: readonly number[];
  readonly label: string;
  /** True when the row fails. Null passes all but not_null, as in SQL. */
  fails(written: Written): boolean;
}

/** The dead-lettering rules of `table`, in their order. */
export function rulesOf(table: Cleaned): Rule[] {
  const names = Object.keys(table.columns);
  return deadLetterRules(table).map(({ rule, label }) => ({
    column: rule.column,
    indexes: (rule.kind === 'expect' ? rule.columns : [rule.column]).map((column) => names.indexOf(column)),
    label,
    fails: asked(rule, names, table.columns[rule.column]!.facts.type, label),
  }));
}

/** The first of `rules` that the row breaks, with the labels of all that it breaks; null when it breaks none. */
export function brokenBy(rules: readonly Rule[], written: Written): { first: Rule; labels: string[] } | null {
  for (let i = 0; i < rules.length; i++) {
    const first = rules[i]!;
    if (first.fails(written)) return { first, labels: labelsOf(rules, written) };
  }
  return null;
}

// Apart, since what a closure reads would be allocated for each row, broken or not.
const labelsOf = (rules: readonly Rule[], written: Written): string[] =>
  rules.flatMap((rule) => (rule.fails(written) ? [rule.label] : []));

// A length is -1 or below 2^30: its first byte says which.
const isNull = (written: Written, index: number): boolean => written.bytes[written.starts[index]!] === 0xff;

function asked(rule: RowRule, names: readonly string[], type: ColumnType, label: string): Rule['fails'] {
  const index = names.indexOf(rule.column);
  if (rule.kind === 'not_null') return (written) => isNull(written, index);
  if (rule.kind === 'expect') return violated(rule.condition, names);
  const read = reader(type);
  if (rule.kind === 'between') {
    const { min, max } = rule;
    if (typeof min === 'string' || typeof max === 'string') return violated(betweenCondition(rule, type), names);
    return (written) => {
      if (isNull(written, index)) return false;
      const value = read(written.bytes, written.starts[index]! + 4, written.starts[index + 1]!) as number;
      return !(value >= min && value <= max);
    };
  }
  const accepted = new Set<unknown>(rule.values.map((value) => asWritten(type, value, label)));
  return (written) =>
    !isNull(written, index) &&
    !accepted.has(comparable(read(written.bytes, written.starts[index]! + 4, written.starts[index + 1]!)));
}

function violated(node: ConditionNode, names: readonly string[]): Rule['fails'] {
  const holds = condition(node, names);
  return (written) => holds(written) === false;
}

// A bigint and a number that are equal are one value.
const comparable = (value: unknown): unknown =>
  typeof value === 'bigint' && value >= -(2n ** 53n) && value <= 2n ** 53n ? Number(value) : value;

function reader(type: ColumnType): (bytes: Buffer, start: number, end: number) => unknown {
  switch (type) {
    case 'integer':
      return (bytes, at) => (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
    case 'bigint':
      return (bytes, start) => bytes.readBigInt64BE(start);
    case 'float':
      return (bytes, start) => bytes.readDoubleBE(start);
    case 'boolean':
      return (bytes, start) => bytes[start] === 1;
    case 'text':
      return (bytes, start, end) => bytes.toString('utf8', start, end);
    // Its scale is no part of a number: 1.50 is 1.5.
    case 'numeric':
      return (bytes, start, end) =>
        bytes.toString('latin1', start, start + SCALE_AT) + bytes.toString('latin1', start + SCALE_AT + 2, end);
    default:
      return (bytes, start, end) => bytes.toString('latin1', start, end);
  }
}

/** Behind the number of digits, the weight and the sign. */
const SCALE_AT = 6;

/** A value of a definition as `reader` gives it: text for a day, a decimal or the like means what it means in a record. */
function asWritten(type: ColumnType, value: string | number | boolean, label: string): unknown {
  if (typeof value !== 'string' || type === 'text') return value;
  const out = new Output(64 + value.length * 3);
  const fault = EXACT_PATHS[type](value, out);
  if (fault !== null)
    throw new DefinitionInvalid(`${label}: ${quote(value)} is ${fault}`, {
      next: `write it as a record would (${type})`,
      stillTrue: 'nothing was cleaned',
    });
  return reader(type)(out.bytes, 4, out.at);
}
