import { startRun } from '../../client/startRun';
import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import type { Outcome } from '../../model/run/outcome';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, windowAt, windowName } from '../../model/time/window';
import { rowsOutside } from '../../store/proof/accounting';
import { runReport } from '../../store/reports/runReport';
import { follow } from '../session/follow';
import { throwWithRows } from '../session/ledgerRows';
import { pipelineNamed, windowOf } from '../session/project';
import { withRuntime } from '../session/runtime';
import { outsideLines } from '../terminal/accounting';
import { EXIT } from '../terminal/errors';
import { print } from '../terminal/print';
import { aligned, count, duration } from '../terminal/table';
import type { Verb } from '../verb';

/** `weir run P [WINDOW]`: one window, followed to its end. */
export const run: Verb = async ([name, windowText], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const window = windowText ? windowOf(pipeline, windowText) : newestWindow(pipeline);
  return withRuntime(project, { worker: 'if needed' }, async (runtime) => {
    const began = Date.now();
    const { handle, joined } = await startRun(runtime.client, pipeline, window);
    if (joined) process.stderr.write(`${handle.workflowId} is running already: following it\n`);
    const outcome = (await follow(runtime, handle).catch((error: unknown) =>
      throwWithRows(runtime.database, pipeline.name, window, error),
    )) as Outcome;
    const outside = await rowsOutside(runtime.database, pipeline);
    const report = await runReport(runtime.database, pipeline.name, window.start);
    if (report.gone)
      process.stderr.write(
        `note: ${report.gone.first.join(', ')}${report.gone.origins > report.gone.first.length ? ' and others' : ''}: not there any more; the rows come from raw\n`,
      );
    print(options, { ...outcome, seconds: (Date.now() - began) / 1000, steps: report.steps }, () => [
      `${pipeline.name}  ${windowName(window)}  run ${report.epoch}`,
      '',
      ...aligned(
        report.steps.map((step) => ({
          step: step.name,
          table: step.table ?? '',
          rows: step.rows,
          took: duration(step.ms),
        })),
        '  ',
      ),
      '',
      whatWasDone(pipeline, outcome, duration(Date.now() - began)),
      ...outsideLines(pipeline, outside),
      ...(report.deadLetters > 0
        ? [
            `${counted(report.deadLetters, 'dead letter')}:  weir dead-letters ${pipeline.name} --window ${windowName(window)}`,
          ]
        : []),
    ]);
    return EXIT.done;
  });
};

function whatWasDone(pipeline: Pipeline, { rows, written, digest }: Outcome, took: string): string {
  if (pipeline.publish.length > 0)
    return `published ${counted(rows, 'row')} (${count(written)} written) in ${took}, digest ${digest}`;
  const done = pipeline.curated.length > 0 ? 'computed' : 'cleaned';
  return `${done} ${counted(rows, 'row')} in ${took}, digest ${digest}; nothing is published: ${pipeline.name} has no sink`;
}

// The last window that is over: the present one is still filling.
function newestWindow(pipeline: Pipeline): Window {
  if (pipeline.window === 'whole') return WHOLE;
  const { end } = historyOf(pipeline, instant(Date.now()));
  const current = windowAt(pipeline.window, end as string);
  return windowAt(pipeline.window, instant(millis(current.start as string) - 1));
}
