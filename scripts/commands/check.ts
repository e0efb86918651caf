import { modeOf } from '../../model/compile/mode';
import { counted } from '../../model/run/counted';
import { keyNotes } from '../../model/compile/keyNotes';
import { zoneNotes } from '../../model/definition/reading/zoneNotes';
import { withLedger } from '../session/ledger';
import { problemLines, problemsOf } from '../session/problems';
import { pipelineNamed } from '../session/project';
import { EXIT } from '../terminal/errors';
import { printList } from '../terminal/print';
import type { Verb } from '../verb';

/** `weir check [P]`: asks a real PostgreSQL about every select and check of the definitions; everything wrong is listed, nothing is changed. */
export const check: Verb = ([name], options, project) => {
  const chosen = name ? [pipelineNamed(project, name)] : project.pipelines;
  // Definitions are asked about empty copies: the ledger need not be there.
  return withLedger(
    async (database) => {
      const problems = await problemsOf(database, project.pipelines, chosen);
      for (const note of [...chosen.flatMap(keyNotes), ...chosen.flatMap(zoneNotes)])
        process.stderr.write(`warning: ${note}\n`);
      const tables = chosen.flatMap((pipeline) => [pipeline.cleaned, ...pipeline.curated]);
      const selects = chosen.reduce((sum, pipeline) => sum + pipeline.curated.length, 0);
      const checks = tables.reduce((sum, table) => sum + table.checks.length, 0);
      printList(options, problems, () =>
        problems.length === 0
          ? [
              `${chosen.map((pipeline) => pipeline.name).join(', ')}: ${counted(selects, 'select')} and ${counted(checks, 'check')} ${selects + checks === 1 ? 'is' : 'are'} as declared`,
              ...chosen.map((pipeline) => `${pipeline.name} runs: ${modeOf(pipeline).says}`),
            ]
          : [counted(problems.length, 'problem'), ...problems.flatMap((problem) => ['', ...problemLines(problem)])],
      );
      return problems.length === 0 ? EXIT.done : EXIT.failed;
    },
    { migrated: false },
  );
};
