import { startRun } from '../../client/startRun';
import { dependencyOrder } from '../../model/compile/dependencies';
import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import type { Outcome } from '../../model/run/outcome';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, windowAt, windowName } from '../../model/time/window';
import { rowsOutside } from '../../store/proof/accounting';
import { deliveriesOf, runReport } from '../../store/reports/runReport';
import { follow } from '../session/follow';
import { inTurn } from '../session/inTurn';
import { throwWithRows } from '../session/ledgerRows';
import { pipelineNamed, windowOf } from '../session/project';
import type { Runtime } from '../session/runtime';
import { withRuntime } from '../session/runtime';
import { outsideLines } from '../terminal/accounting';
import { EXIT } from '../terminal/errors';
import { noteLines } from '../terminal/notes';
import { print } from '../terminal/print';
import { stagedLines } from '../terminal/stagedWindows';
import { stepCells } from '../terminal/shownWindow';
import { aligned, count, duration } from '../terminal/table';
import type { GlobalOptions, Verb } from '../verb';

/** `weir run P [Q …] [WINDOW]`: one window of each, followed to its end; each pipeline after those that it reads. */
export const run: Verb = async (words, options, project) => {
  // A window begins with a digit, or is the only one; a pipeline begins with a letter.
  const last = words.at(-1)!;
  const windowText = words.length > 1 && /^(\d|whole$)/.test(last) ? last : undefined;
  const named = (windowText === undefined ? words : words.slice(0, -1)).map((name) => pipelineNamed(project, name));
  const wanted = dependencyOrder(project.pipelines)
    .filter((pipeline) => named.includes(pipeline))
    .map((pipeline) => ({ pipeline, range: windowIn(pipeline, windowText, named.length > 1) }));
  return withRuntime(project, { worker: 'if needed' }, (runtime) =>
    inTurn(project, wanted, options, runtime, ({ pipeline, range }) => runOne(runtime, pipeline, range, options)),
  );
};

function windowIn(pipeline: Pipeline, text: string | undefined, oneOfSeveral: boolean): Window {
  if (text === undefined) return newestWindow(pipeline);
  // Beside others that have windows, a table without them is run whole.
  return oneOfSeveral && pipeline.window === 'whole' ? WHOLE : windowOf(pipeline, text);
}

async function runOne(runtime: Runtime, pipeline: Pipeline, window: Window, options: GlobalOptions): Promise<number> {
  const began = Date.now();
  const { handle, joined } = await startRun(runtime.client, pipeline, window);
  if (joined) process.stderr.write(`${handle.workflowId} is running already: following it\n`);
  const outcome = (await follow(runtime, handle).catch(async (error: unknown) => {
    const { state, ...ended } = await runReport(runtime.database, pipeline.name, window.start);
    if (state === 'held') for (const line of noteLines(ended)) process.stderr.write(`${line}\n`);
    return throwWithRows(runtime.database, pipeline.name, window, error);
  })) as Outcome;
  const outside = await rowsOutside(runtime.database, pipeline);
  const report = await runReport(runtime.database, pipeline.name, window.start);
  for (const line of noteLines(report)) process.stderr.write(`${line}\n`);
  const deliveries = await deliveriesOf(runtime.database, pipeline.name, window.start);
  const staged = outcome.state === 'staged' ? await stagedLines(runtime.database, runtime.register, pipeline) : [];
  print(options, { ...outcome, seconds: (Date.now() - began) / 1000, steps: report.steps }, () => [
    `${pipeline.name}  ${windowName(window)}  run ${report.epoch}`,
    '',
    ...aligned(
      report.steps.map((step) => ({ ...stepCells(step, deliveries), took: duration(step.ms) })),
      '  ',
    ),
    '',
    whatWasDone(pipeline, outcome, duration(Date.now() - began)),
    ...staged,
    ...outsideLines(pipeline, outside),
    ...(report.deadLetters > 0
      ? [
          `${counted(report.deadLetters, 'dead letter')}:  weir dead-letters ${pipeline.name} --window ${windowName(window)}`,
        ]
      : []),
  ]);
  return outcome.state === 'staged' ? EXIT.held : EXIT.done;
}

function whatWasDone(
  pipeline: Pipeline,
  { state, rows, written, changed = written, digest }: Outcome,
  took: string,
): string {
  if (state === 'staged')
    return `staged ${counted(rows, 'row')} in ${took}, digest ${digest}: published together with the other windows of its calendar`;
  if (pipeline.publish.length > 0)
    return `published ${counted(rows, 'row')} (${count(changed)} changed) in ${took}, digest ${digest}`;
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
