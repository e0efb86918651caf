import type { GateCheck } from '../model/definition/check';
import { repeated } from '../model/definition/questions';
import { DefinitionInvalid } from '../model/run/errors';
import { gateCheck } from './gateCheck';

/** No two rows are equal in all of `columns`. As in SQL, a row with a null among them equals no other. */
export function unique<const K extends string>(...columns: [K, ...K[]]): GateCheck<Record<K, unknown>> {
  if (columns.length === 0) throw new DefinitionInvalid('unique() names no column');
  return gateCheck({
    name: 'unique',
    label: `unique(${columns.join(', ')})`,
    failing: ({ target }) => repeated(target, columns, 'each its own'),
  });
}
