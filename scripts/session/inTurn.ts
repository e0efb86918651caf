import { foreignPipelines } from '../../model/compile/dependencies';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Project } from '../../model/definition/project';
import { EXIT, printError } from '../terminal/errors';
import type { GlobalOptions } from '../verb';

/** From well to worst. */
const SEVERITY: readonly number[] = [EXIT.done, EXIT.held, EXIT.failed, EXIT.misused];

/**
 * Does `work` for each of `wanted`, one after the other, which come after those that they read; the worst exit code. What reads a pipeline
 * that failed is not begun: it would publish from what was there before.
 */
export async function inTurn<W extends { readonly pipeline: Pipeline }>(
  project: Project,
  wanted: readonly W[],
  options: GlobalOptions,
  interrupted: AbortSignal,
  work: (one: W) => Promise<number>,
): Promise<number> {
  if (wanted.length === 1) return work(wanted[0]!);
  const failed = new Set<string>();
  let worst = 0;
  for (const one of wanted) {
    // A person who ends the command ends what has not begun too.
    if (interrupted.aborted) break;
    const { name } = one.pipeline;
    const read = foreignPipelines(project.pipelines, one.pipeline).filter((other) => failed.has(other));
    if (read.length > 0) {
      failed.add(name);
      process.stderr.write(`${name} is not begun: it reads ${read.join(', ')}, which did not come to its end\n`);
      continue;
    }
    const code = await work(one).catch((error: unknown) => {
      failed.add(name);
      interrupted.throwIfAborted();
      return printError(error, options);
    });
    worst = Math.max(worst, SEVERITY.indexOf(code));
  }
  return SEVERITY[worst]!;
}
