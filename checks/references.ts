import type { GateCheck } from '../model/definition/check';
import type { Columns, Row } from '../model/definition/column';
import { ident, sql } from '../model/definition/sql';
import type { Cleaned, Curated } from '../model/definition/table';
import { gateCheck } from './gateCheck';

/**
 * Every value of `column` is among `theirColumn` of `table`, as that table is when the gate asks. Null passes.
 * Both columns hold one TypeScript type, or it does not compile.
 */
export function references<const K extends string, C extends Columns, const T extends keyof C & string>(
  column: K,
  table: Cleaned<C> | Curated<C>,
  theirColumn: T,
): GateCheck<Record<K, Row<C>[T] | null>> {
  return gateCheck({
    name: 'references',
    label: `references(${column}, ${table.tableName}.${theirColumn})`,
    reads: [table],
    failing: ({ target }) => sql`
      select t.*
        from ${target} as t
       where t.${ident(column)} is not null
         and not exists (select from ${table} as theirs where theirs.${ident(theirColumn)} = t.${ident(column)})`,
  });
}
