import type { RowCheck } from '../model/definition/check';
import { ident, sql } from '../model/definition/sql';
import { DefinitionInvalid } from '../model/run/errors';
import { rowCheck } from './gateCheck';

/**
 * `column` lies in [min, max], both ends included. Null passes.
 * For integer, bigint and float columns; numeric is text in TypeScript, so ask it with `expression`.
 */
export function between<const K extends string>(
  column: K,
  min: number,
  max: number,
): RowCheck<Record<K, number | bigint | null>> {
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max)
    throw new DefinitionInvalid(`between(${column}, ${min}, ${max}): the bounds are two numbers, the lesser first`);
  return rowCheck(
    {
      name: 'between',
      label: `between(${column}, ${min}, ${max})`,
      // As numeric, a bigint is compared to the digit, and a bound of 0.5 may judge an integer.
      failing: ({ target }) => sql`
        select t.*
          from ${target} as t
         where t.${ident(column)} not between ${min}::numeric and ${max}::numeric`,
      breaks:
        isInt4(min) && isInt4(max)
          ? sql`t.${ident(column)} not between ${min}::integer and ${max}::integer`
          : sql`t.${ident(column)} not between ${min}::numeric and ${max}::numeric`,
    },
    [{ kind: 'between', column, min, max }],
  );
}

// Such bounds are compared in the column's own type, as exactly and without making a numeric of every value: half the time of a scan.
const isInt4 = (bound: number): boolean => Number.isInteger(bound) && Math.abs(bound) < 2 ** 31;
