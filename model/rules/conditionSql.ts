import type { Sql } from '../definition/sql';
import { ident, join, sql } from '../definition/sql';
import type { ConditionNode, Kind, TermNode } from './node';
import { postgresPattern } from './pattern';

/** The condition over a row called `t`: true, false, or null. */
export function conditionSql(node: ConditionNode): Sql {
  switch (node.is) {
    case 'compared':
      return comparedSql(node);
    case 'null':
      return sql`(${termSql(node.of)} is null)`;
    case 'and':
    case 'or':
      return sql`(${join(node.of.map(conditionSql), ` ${node.is} `)})`;
    case 'not':
      return sql`(not ${conditionSql(node.of)})`;
    case 'matches':
      return sql`(${termSql(node.of)} ~ ${postgresPattern(node.pattern)}::text)`;
  }
}

const OPERATORS = {
  '=': (a: Sql, b: Sql) => sql`(${a} = ${b})`,
  '<>': (a: Sql, b: Sql) => sql`(${a} <> ${b})`,
  '<': (a: Sql, b: Sql) => sql`(${a} < ${b})`,
  '<=': (a: Sql, b: Sql) => sql`(${a} <= ${b})`,
  '>': (a: Sql, b: Sql) => sql`(${a} > ${b})`,
  '>=': (a: Sql, b: Sql) => sql`(${a} >= ${b})`,
} as const;

function comparedSql({ by, as, left, right }: Extract<ConditionNode, { is: 'compared' }>): Sql {
  // Whole numbers are compared in their own type, as exactly and without making a numeric of every value: half the time of a scan.
  const whole = as === 'exact' && [left, right].every((side) => isWhole(side) || isInt4(side));
  return OPERATORS[by](whole ? wholeSql(left) : termSql(left), whole ? wholeSql(right) : termSql(right));
}

const isWhole = (node: TermNode): boolean =>
  node.is === 'column' && (node.type === 'integer' || node.type === 'bigint');
const isInt4 = (node: TermNode): boolean => node.is === 'exact' && /^-?\d{1,9}$/.test(node.value);
const wholeSql = (node: TermNode): Sql => (node.is === 'exact' ? sql`${node.value}::integer` : termSql(node));

const TYPES: Readonly<Record<Kind, Sql>> = {
  ...{ exact: sql`numeric`, float: sql`double precision`, text: sql`text`, date: sql`date` },
  ...{ timestamptz: sql`timestamptz`, uuid: sql`uuid`, boolean: sql`boolean` },
};

function termSql(node: TermNode): Sql {
  switch (node.is) {
    case 'column':
      return sql`t.${ident(node.column)}`;
    case 'plus':
      return sql`(${numericSql(node.left)} + ${numericSql(node.right)})`;
    case 'minus':
      return sql`(${numericSql(node.left)} - ${numericSql(node.right)})`;
    case 'times':
      return sql`(${numericSql(node.left)} * ${numericSql(node.right)})`;
    case 'later':
      return node.type === 'date'
        ? sql`(${termSql(node.of)} + ${node.by}::integer)`
        : sql`(${termSql(node.of)} + ${`${node.by} milliseconds`}::interval)`;
    case 'length':
      return sql`length(${termSql(node.of)})`;
    case 'float':
      return sql`${node.value}::double precision`;
    default:
      return sql`${node.value}::${TYPES[node.is]}`;
  }
}

// So that no sum of whole numbers passes 64 bits.
const numericSql = (node: TermNode): Sql =>
  isWhole(node) || node.is === 'length' ? sql`${termSql(node)}::numeric` : termSql(node);
