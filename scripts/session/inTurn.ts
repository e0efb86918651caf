import type { Unsettled } from '../../model/compile/blocked';
import { withoutBlocked } from '../../model/compile/blocked';
import type { PipelineRange } from '../../model/compile/rangesAlong';
import type { Project } from '../../model/definition/project';
import { rangeName, split, windowName } from '../../model/time/window';
import { unsettledWindows } from '../../store/reports/unsettled';
import { EXIT, innermost, printError } from '../terminal/errors';
import type { GlobalOptions } from '../verb';
import type { Runtime } from './runtime';

/** From well to worst. */
const SEVERITY: readonly number[] = [EXIT.done, EXIT.held, EXIT.failed, EXIT.misused];
const SHOWN = 10;

const worse = (a: number, b: number): number => (SEVERITY.indexOf(b) > SEVERITY.indexOf(a) ? b : a);

/**
 * Does `work` for each of `wanted`, one after the other, which come after those that they read; the worst exit code. A window that reads
 * one which is held, failed or was not run is not run and is listed with why: it would publish from what was there before.
 */
export async function inTurn(
  { pipelines }: Pick<Project, 'pipelines'>,
  wanted: readonly PipelineRange[],
  options: GlobalOptions,
  { database, interrupted }: Pick<Runtime, 'database' | 'interrupted'>,
  work: (one: PipelineRange) => Promise<number>,
): Promise<number> {
  if (wanted.length === 1) return work(wanted[0]!);
  const unsettled: Unsettled[] = [];
  let worst: number = EXIT.done;
  for (const [i, { pipeline, range }] of wanted.entries()) {
    const { ranges, blocked } = withoutBlocked(pipelines, pipeline, range, unsettled);
    for (const part of ranges) {
      let code: number;
      let failure: string | null = null;
      try {
        code = await work({ pipeline, range: part });
      } catch (error) {
        if (interrupted.aborted) sayNotBegun(wanted.slice(i + 1));
        interrupted.throwIfAborted();
        code = printError(error, options);
        const inner = innermost(error) as Error & { type?: string };
        failure = inner.type ?? inner.name;
      }
      worst = worse(worst, code);
      // A person who ends the command ends what has not begun too.
      if (interrupted.aborted) {
        if (i + 1 === wanted.length && part === ranges.at(-1)) return worst;
        sayNotBegun(wanted.slice(i + 1));
        return EXIT.failed;
      }
      unsettled.push(
        ...(failure === null || failure === 'BackfillFailed'
          ? await unsettledWindows(database, pipelines, pipeline, part, { stale: code !== EXIT.done })
          : // It ended before its windows did: what the ledger says of them is of before.
            split(pipeline.window, part).map((window) => ({ pipeline: pipeline.name, window, why: 'not run' }))),
      );
    }
    if (blocked.length === 0) continue;
    worst = worse(worst, EXIT.held);
    unsettled.push(...blocked.map(({ window }) => ({ pipeline: pipeline.name, window, why: 'not run' })));
    process.stderr.write(
      [
        `${pipeline.name}: ${blocked.length} of ${split(pipeline.window, range).length} windows are not run, for what they read is not as it should be`,
        ...blocked
          .slice(0, SHOWN)
          .map(({ window, by }) => `  ${windowName(window)}  reads ${by.pipeline} ${windowName(by.window)}: ${by.why}`),
        ...(blocked.length > SHOWN ? [`  and ${blocked.length - SHOWN} more`] : []),
        '',
      ].join('\n'),
    );
  }
  return worst;
}

function sayNotBegun(rest: readonly PipelineRange[]): void {
  if (rest.length === 0) return;
  process.stderr.write(
    `not begun: ${rest.map(({ pipeline, range }) => `${pipeline.name} ${rangeName(range)}`).join(', ')}; the same command goes on with them\n`,
  );
}
