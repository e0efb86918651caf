import type { Sql } from './sql';
import { ident, join, sql } from './sql';

/** True of a row, called `t`, with a null in any of `columns`. */
export const anyNull = (columns: readonly string[]): Sql =>
  join(
    columns.map((column) => sql`t.${ident(column)} is null`),
    ' or ',
  );

/** Rows of `target` with a null in any of `columns`. */
export const withNull = (target: Sql, columns: readonly string[]): Sql => sql`
        select t.*
          from ${target} as t
         where ${anyNull(columns)}`;

/** What of `columns` more than one row of `target` has, and how many have it. */
export function repeated(target: Sql, columns: readonly string[], nulls: 'equal' | 'each its own'): Sql {
  const names = columns.map((column) => sql`t.${ident(column)}`);
  const list = join(names, ', ');
  const known = join(
    names.map((name) => sql`${name} is not null`),
    ' and ',
  );
  return sql`
      select ${list}, count(*) as count
        from ${target} as t
       where ${nulls === 'equal' ? sql`true` : known}
       group by ${list}
      having count(*) > 1`;
}
