import type { BaselineCheck } from '../model/definition/check';
import { ident, sql } from '../model/definition/sql';
import type { DeltaOptions } from './delta';
import { delta } from './delta';

/**
 * The sum of `column` is about that of the windows before: one absurd amount shows here, not in a count of rows. Null adds nothing.
 * For numbers; numeric is text in TypeScript, so that a text column compiles too, and `weir check` refuses it.
 */
export function sumDelta<const K extends string>({
  column,
  ...options
}: DeltaOptions & { readonly column: K }): BaselineCheck<Record<K, number | bigint | string | null>> {
  // As numeric the sum of floats is the same in any order of rows, and so is the verdict.
  const sum = sql`coalesce(sum(t.${ident(column)}::numeric), 0)`;
  return delta({
    ...{ name: 'sum_delta', about: [column], options, measure: sum },
    own: ({ target }) => sql`select ${sum} from ${target} as t`,
  });
}
