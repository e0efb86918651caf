import type { GateCheck } from '../model/definition/check';
import type { Sql } from '../model/definition/sql';
import { render, sql, tablesIn } from '../model/definition/sql';
import { gateCheck, shown } from './gateCheck';

/**
 * The escape hatch: `predicate` holds for every row. Its columns are plain SQL, so only the database can check them.
 * Where it is null the row passes, as with a CHECK constraint: write `coalesce(…, false)` to say otherwise.
 */
export function expression(predicate: Sql, options: { readonly label?: string } = {}): GateCheck<unknown> {
  return gateCheck({
    name: 'expression',
    label: `expression(${options.label ?? asRead(predicate)})`,
    reads: tablesIn(predicate),
    // The line break keeps a comment at the predicate's end from swallowing the parenthesis.
    failing: ({ target }) => sql`
      select t.*
        from ${target} as t
       where (${predicate}
             ) is false`,
    breaks: sql`(${predicate}
                ) is false`,
  });
}

function asRead(predicate: Sql): string {
  const { text, values } = render(predicate, {
    table: (hole) => hole.tableName,
    covers: (cover) => `${cover.column} in the window`,
    edge: (edge) => `window.${edge}`,
  });
  return text
    .replace(/\$(\d+)/g, (_, n: string) => shown(values[Number(n) - 1]))
    .replace(/\s+/g, ' ')
    .trim();
}
