import type { RowCheck } from '../model/definition/check';
import { ident, sql } from '../model/definition/sql';
import { DefinitionInvalid } from '../model/run/errors';
import { rowCheck, shown } from './gateCheck';

/**
 * `column` lies in [min, max], both ends included. Null passes.
 * Numbers for integer, bigint and float columns; text for numeric (`'0.01'`, to the digit), date (`'2024-05-31'`) and timestamptz (`'2024-05-31T10:00:00Z'`) ones.
 */
export function between<const K extends string>(
  column: K,
  min: number,
  max: number,
): RowCheck<Record<K, number | bigint | null>>;
export function between<const K extends string>(
  column: K,
  min: string,
  max: string,
): RowCheck<Record<K, string | Date | null>>;
export function between(column: string, min: number | string, max: number | string): RowCheck<Record<string, never>> {
  if (typeof min === 'string' || typeof max === 'string') return betweenTexts(column, min, max);
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max)
    throw new DefinitionInvalid(`between(${column}, ${min}, ${max}): the bounds are two numbers, the lesser first`, {
      next: `write it as between('${column}', 0, 100)`,
    });
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

// What the texts are only the column's type says: cleaned() and curated() read them by it.
function betweenTexts(column: string, min: unknown, max: unknown): RowCheck<Record<string, never>> {
  const kind = [NUMBER, DAY, MOMENT].find((one) => one.test(String(min)));
  if (typeof min !== 'string' || typeof max !== 'string' || !kind?.test(max))
    throw new DefinitionInvalid(
      `between(${column}, ${shown(min)}, ${shown(max)}): the bounds are two numbers, days or moments, the lesser first`,
      { next: `write it as between('${column}', '0.01', '9999.99'), '2024-05-31' or '2024-05-31T10:00:00Z'` },
    );
  // Bare parameters take the column's type: a decimal is compared to the digit, a day as a day.
  const breaks = sql`t.${ident(column)} not between ${min} and ${max}`;
  return rowCheck(
    {
      name: 'between',
      label: `between(${column}, ${shown(min)}, ${shown(max)})`,
      failing: ({ target }) => sql`
        select t.*
          from ${target} as t
         where ${breaks}`,
      breaks,
    },
    [{ kind: 'between', column, min, max }],
  );
}

const NUMBER = /^-?\d+(\.\d+)?$/;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)$/;

// Such bounds are compared in the column's own type, as exactly and without making a numeric of every value: half the time of a scan.
const isInt4 = (bound: number): boolean => Number.isInteger(bound) && Math.abs(bound) < 2 ** 31;
