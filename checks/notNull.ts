import type { RowCheck } from '../model/definition/check';
import { anyNull, withNull } from '../model/definition/questions';
import { DefinitionInvalid } from '../model/run/errors';
import { rowCheck } from './gateCheck';

/** Every row has a value in each of `columns`. The only check that judges null; all others let it pass. */
export function notNull<const K extends string>(...columns: [K, ...K[]]): RowCheck<Record<K, unknown>> {
  if (columns.length === 0) throw new DefinitionInvalid('notNull() names no column');
  return rowCheck(
    {
      name: 'not_null',
      label: `not_null(${columns.join(', ')})`,
      failing: ({ target }) => withNull(target, columns),
      breaks: anyNull(columns),
    },
    columns.map((column) => ({ kind: 'not_null', column })),
  );
}
