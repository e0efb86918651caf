import { pipelines } from '../pipelines';
import { explainAll } from '../store/explain';
import { withLedger } from './ledger';
import { pipelineNamed } from './names';
import { EXIT } from './output/errors';
import { printList } from './output/print';
import { count } from './output/table';
import type { Verb } from './weir';

/** `weir check [P]`: asks a real PostgreSQL about every select and check of the definitions; everything wrong is listed, nothing is changed. */
export const check: Verb = ([name], options) => {
  const chosen = name ? [pipelineNamed(name)] : pipelines;
  // Definitions are asked about empty copies: the ledger need not be there.
  return withLedger(
    async (database) => {
      const problems = await explainAll(database, pipelines, chosen);
      const tables = chosen.flatMap((pipeline) => [pipeline.cleaned, ...pipeline.curated]);
      const selects = chosen.reduce((sum, pipeline) => sum + pipeline.curated.length, 0);
      const checks = tables.reduce((sum, table) => sum + table.checks.length, 0);
      printList(options, problems, () =>
        problems.length === 0
          ? [
              `${chosen.map((pipeline) => pipeline.name).join(', ')}: ${count(selects)} selects and ${count(checks)} checks are as declared`,
            ]
          : [
              `${count(problems.length)} ${problems.length === 1 ? 'problem' : 'problems'}`,
              ...problems.flatMap((problem) => [
                '',
                `${problem.pipeline} ${problem.table}: ${problem.what}`,
                ...(problem.line ? [`  at: ${problem.line}`] : []),
                `  Next: ${problem.next}`,
              ]),
            ],
      );
      return problems.length === 0 ? EXIT.done : EXIT.failed;
    },
    { migrated: false },
  );
};
