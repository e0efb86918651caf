import type { Check, RowRule } from '../definition/check';
import type { ColumnFacts, Columns, ColumnType } from '../definition/column';
import { DefinitionInvalid } from '../run/errors';
import { dateLiteral, exactLiteral, floatLiteral, momentLiteral } from './literal';
import type { Comparison, ConditionNode, Kind, TermNode } from './node';
import { matching } from './terms';

/** A rule that sets records aside, with what it is called in their reasons. */
export interface LabelledRule {
  readonly label: string;
  readonly rule: RowRule;
}

type Bound = number | bigint | string | Date;

const BOUNDS: Readonly<Partial<Record<ColumnType, { as: Kind; literal: (bound: never) => TermNode }>>> = {
  integer: { as: 'exact', literal: exactLiteral },
  bigint: { as: 'exact', literal: exactLiteral },
  numeric: { as: 'exact', literal: exactLiteral },
  float: { as: 'float', literal: floatLiteral },
  date: { as: 'date', literal: dateLiteral },
  timestamptz: { as: 'timestamptz', literal: momentLiteral },
};

/** `column` compares with `bound` like this. @throws DefinitionInvalid where its type has no order, or the bound is none of it */
function bounded(column: string, type: ColumnType, by: Comparison, bound: Bound): ConditionNode {
  const of = BOUNDS[type];
  if (!of)
    throw new DefinitionInvalid(`${column} is ${type}, which has no least and no greatest`, {
      next: 'bounds are for integer, bigint, float, numeric, date and timestamptz; acceptedValues names values',
      stillTrue: 'nothing was changed',
    });
  const right = of.literal(bound as never);
  return { is: 'compared', by, as: of.as, left: { is: 'column', column, type }, right };
}

/** What `between` asks, where its bounds are text. */
export const betweenCondition = (rule: Extract<RowRule, { kind: 'between' }>, type: ColumnType): ConditionNode => ({
  ...{ is: 'and', of: [bounded(rule.column, type, '>=', rule.min), bounded(rule.column, type, '<=', rule.max)] },
});

const boundText = (bound: Bound): string => (bound instanceof Date ? bound.toISOString() : String(bound));

/** What a column's own words ask of it: `min(qty, 0)`. */
export function columnRules(column: string, { type, limits = {} }: ColumnFacts): LabelledRule[] {
  const { min, max, matches } = limits;
  const rule = (condition: ConditionNode): RowRule => ({ kind: 'expect', column, columns: [column], condition });
  const rules: LabelledRule[] = [];
  for (const [word, by, bound] of [['min', '>=', min] as const, ['max', '<=', max] as const])
    if (bound !== undefined)
      rules.push({ label: `${word}(${column}, ${boundText(bound)})`, rule: rule(bounded(column, type, by, bound)) });
  if (matches === undefined) return rules;
  if (type !== 'text')
    throw new DefinitionInvalid(`${column} is ${type}: .matches() is for text`, {
      next: `leave .matches(${String(matches)}) out, or make the column text()`,
      stillTrue: 'nothing was changed',
    });
  const asked = rule(matching({ is: 'column', column, type }, matches));
  return [...rules, { label: `matches(${column}, ${String(matches)})`, rule: asked }];
}

interface RuledTable {
  readonly columns: Columns;
  readonly checks: readonly Check<never>[];
}

/** Every rule that sets records of `table` aside: what its columns say, then its checks, in their order. */
export const deadLetterRules = (table: RuledTable): LabelledRule[] => [
  ...Object.entries(table.columns).flatMap(([name, { facts }]) => columnRules(name, facts)),
  ...table.checks
    .filter((check) => check.severity === 'deadLetter')
    .flatMap((check) => (check.rules ?? []).map((rule) => ({ label: check.label, rule }))),
];

/** Reads every bound and expression once, so that a wrong one is told when it is written. @throws DefinitionInvalid */
export function assertRules(name: string, table: RuledTable): void {
  for (const [column, { facts }] of Object.entries(table.columns)) said(name, () => columnRules(column, facts));
  for (const { label, rules = [] } of table.checks)
    for (const rule of rules)
      if (rule.kind === 'between' && typeof rule.min === 'string' && table.columns[rule.column])
        said(`${name}: ${label}`, () => betweenCondition(rule, table.columns[rule.column]!.facts.type));
}

function said(where: string, read: () => unknown): void {
  try {
    read();
  } catch (cause) {
    if (!(cause instanceof DefinitionInvalid)) throw cause;
    const { next, stillTrue } = cause;
    throw new DefinitionInvalid(`${where}: ${cause.message}`, {
      ...{ cause, ...(next !== undefined && { next }), ...(stillTrue !== undefined && { stillTrue }) },
    });
  }
}
