import type { GateCheck } from '../model/definition/check';
import { ident, join, sql } from '../model/definition/sql';
import { DefinitionInvalid } from '../model/run/errors';
import { gateCheck } from './gateCheck';

/** No two rows are equal in all of `columns`. As in SQL, a row with a null among them equals no other. */
export function unique<const K extends string>(...columns: [K, ...K[]]): GateCheck<Record<K, unknown>> {
  if (columns.length === 0) throw new DefinitionInvalid('unique() names no column');
  const names = columns.map((column) => sql`t.${ident(column)}`);
  const list = join(names, ', ');
  const known = join(
    names.map((name) => sql`${name} is not null`),
    ' and ',
  );
  return gateCheck({
    name: 'unique',
    label: `unique(${columns.join(', ')})`,
    failing: ({ target }) => sql`
      select ${list}, count(*) as count
        from ${target} as t
       where ${known}
       group by ${list}
      having count(*) > 1`,
  });
}
