import { pipelines } from '../pipelines';
import { explainAll } from '../store/explain';
import { withLedger } from './ledger';
import { pipelineNamed } from './names';
import { EXIT } from './output/errors';
import { printList } from './output/print';
import { count } from './output/table';
import type { Verb } from './weir';

/** `weir check [P]`: asks a real PostgreSQL about every select and check of the definitions; everything wrong is listed. */
export const check: Verb = ([name], options) => {
  const chosen = name ? [pipelineNamed(name)] : pipelines;
  return withLedger(async (database) => {
    // A definition may read tables of other pipelines: all of them must be there.
    const problems = (await explainAll(database, pipelines)).filter((problem) =>
      chosen.some((pipeline) => pipeline.name === problem.pipeline),
    );
    const selects = chosen.reduce((sum, pipeline) => sum + pipeline.curated.length, 0);
    printList(options, problems, () =>
      problems.length === 0
        ? [
            `${chosen.map((pipeline) => pipeline.name).join(', ')}: ${count(selects)} selects and all checks are as declared`,
          ]
        : [
            `${count(problems.length)} problems`,
            ...problems.flatMap((problem) => [
              '',
              `${problem.pipeline} ${problem.table}: ${problem.what}`,
              ...(problem.line ? [`  at: ${problem.line}`] : []),
              `  Next: mend pipelines/${problem.pipeline}.ts, then: weir check ${problem.pipeline}`,
            ]),
          ],
    );
    return problems.length === 0 ? EXIT.done : EXIT.failed;
  });
};
