import type { RowCheck } from '../model/definition/check';
import { sql } from '../model/definition/sql';
import { conditionSql } from '../model/rules/conditionSql';
import { columnsOf } from '../model/rules/node';
import { Condition } from '../model/rules/terms';
import { DefinitionInvalid } from '../model/run/errors';
import { rowCheck } from './gateCheck';

/**
 * What holds of every record, over as many of its columns as it takes: `checks: (r) => [expect('drop-off after pick-up', r.dropoff.gte(r.pickup)).deadLetter()]`.
 * PostgreSQL, the cleaner and the reference judge it alike. As in SQL, a comparison with null says nothing, and the record passes: `.isNull()` and notNull ask for it.
 */
export function expect<R>(rule: string, condition: Condition<R>): RowCheck<R> {
  const wrong = (problem: string): never => {
    throw new DefinitionInvalid(`expect(${JSON.stringify(rule) ?? ''}): ${problem}`, {
      next: "write checks: (r) => [expect('drop-off after pick-up', r.dropoff.gte(r.pickup))]",
      stillTrue: 'nothing was changed',
    });
  };
  // The compiler refuses both; a definition in JavaScript has no compiler.
  if (typeof rule !== 'string' || rule.trim() === '' || /[\n\0]/.test(rule)) wrong('a rule has a name, one line of it');
  if (!(condition instanceof Condition)) wrong('what it expects is no condition');
  const columns = columnsOf(condition.node);
  if (columns.length === 0) wrong('it looks at no column');
  const breaks = sql`${conditionSql(condition.node)} is false`;
  return rowCheck<R>(
    {
      name: 'expect',
      label: `expect(${rule}: ${columns.join(', ')})`,
      failing: ({ target }) => sql`
      select t.*
        from ${target} as t
       where ${breaks}`,
      breaks,
    },
    [{ kind: 'expect', column: columns[0]!, columns, condition: condition.node }],
  );
}
