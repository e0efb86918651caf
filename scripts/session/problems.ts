import { modeOf } from '../../model/compile/mode';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Database } from '../../store/postgres/database';
import { explainDefinitions } from '../../store/schema/explain';
import type { Problem } from '../../store/schema/problem';

/** What PostgreSQL and the clock refuse of `chosen`. */
export const problemsOf = async (
  database: Database,
  register: readonly Pipeline[],
  chosen = register,
): Promise<Problem[]> => [...(await explainDefinitions(database, register, chosen)), ...chosen.flatMap(unkeptPromise)];

export const problemLines = ({ pipeline, table, what, line, next }: Problem): string[] => [
  `${pipeline} ${table}: ${what}`,
  ...(line ? [`  at: ${line}`] : []),
  `  Next: ${next}`,
];

/** A promise that nothing can keep is a mistake of the definition, and said before anybody waits for it. */
function unkeptPromise(pipeline: Pipeline): Problem[] {
  const mode = modeOf(pipeline);
  if (mode.mode === 'batch') return [];
  return [
    { pipeline: pipeline.name, table: pipeline.cleaned.tableName, what: mode.what, next: `what would: ${mode.next}` },
  ];
}
