import type { GateCheck } from '../model/definition/check';
import type { Sql } from '../model/definition/sql';
import { join, sql } from '../model/definition/sql';
import { counted } from '../model/run/counted';
import { DefinitionInvalid } from '../model/run/errors';
import { gateCheck } from './gateCheck';

const count = (n: number): string => n.toLocaleString('en');

interface Bounds {
  readonly min?: number;
  readonly max?: number;
  /** Of the rows published before, how large a part may come or go: 0.2 is a fifth. */
  readonly maxChange?: number;
}

/**
 * The window has at least `min` and at most `max` rows, and not many more or fewer than were published before.
 * `maxChange` is silent for a window never published, or published empty: nothing has no fraction.
 */
export function rowCount(bounds: Bounds): GateCheck<unknown> {
  const { min, max, maxChange } = bounds;
  const given = Object.entries({ min, max, maxChange }).filter(([, bound]) => bound !== undefined);
  const label = `row_count(${given.map(([name, bound]) => `${name} ${bound}`).join(', ')})`;
  const wrong = given.some(([, bound]) => !(Number.isFinite(bound) && bound! >= 0));
  if (given.length === 0 || wrong || (min ?? 0) > (max ?? Infinity))
    throw new DefinitionInvalid(`${label}: give min, max or maxChange, none negative, min not above max`);
  return gateCheck({
    name: 'row_count',
    label,
    saw: ({ rows, formerRows }) =>
      [
        counted(rows, 'row'),
        ...(min === undefined ? [] : [`at least ${count(min)}`]),
        ...(max === undefined ? [] : [`at most ${count(max)}`]),
        ...(maxChange !== undefined && formerRows ? [`${count(formerRows)} before`] : []),
      ].join(', '),
    failing: ({ target, formerRows }) => {
      const columns: Sql[] = [sql`n.rows`];
      const broken: Sql[] = [];
      if (min !== undefined) {
        columns.push(sql`${min}::numeric as min`);
        broken.push(sql`n.rows < ${min}::numeric`);
      }
      if (max !== undefined) {
        columns.push(sql`${max}::numeric as max`);
        broken.push(sql`n.rows > ${max}::numeric`);
      }
      if (maxChange !== undefined && formerRows) {
        columns.push(sql`${formerRows}::bigint as former`);
        broken.push(sql`abs(n.rows - ${formerRows}::bigint) > ${maxChange}::numeric * ${formerRows}::bigint`);
      }
      return sql`
        select ${join(columns, ', ')}
          from (select count(*) as rows from ${target} as t) as n
         where ${broken.length > 0 ? join(broken, ' or ') : sql`false`}`;
    },
  });
}
