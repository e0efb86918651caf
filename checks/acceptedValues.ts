import type { RowCheck } from '../model/definition/check';
import { ident, join, sql } from '../model/definition/sql';
import { DefinitionInvalid } from '../model/run/errors';
import { rowCheck, shown } from './gateCheck';

type Accepted = string | number | boolean;
/** `'AA' | 'DL'` as a column holds it: string. A mixture is held by none. */
type Held<V extends Accepted> = [V] extends [string]
  ? string
  : [V] extends [number]
    ? number
    : [V] extends [boolean]
      ? boolean
      : never;

/** `column` holds one of `values`. Null passes. */
export function acceptedValues<const K extends string, const V extends Accepted>(
  column: K,
  values: readonly V[],
): RowCheck<Record<K, Held<V> | null>> {
  if (values.length === 0) throw new DefinitionInvalid(`acceptedValues(${column}) accepts no value`);
  return rowCheck(
    {
      name: 'accepted_values',
      label: `accepted_values(${column}, [${values.map(shown).join(', ')}])`,
      // Bare parameters take the column's type, so that '2001-01-01' is compared as a date where the column is one.
      failing: ({ target }) => sql`
        select t.*
          from ${target} as t
         where t.${ident(column)} not in (${join(values, ', ')})`,
      breaks: sql`t.${ident(column)} not in (${join(values, ', ')})`,
    },
    [{ kind: 'accepted_values', column, values }],
  );
}
