import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { historyOf } from '../model/pipeline';
import type { Pipeline } from '../model/pipeline';
import { compilePlan } from '../model/plan';
import type { Order, Outcome } from '../model/steps';
import { QUEUES, workflowIds } from '../model/steps';
import { instant, millis } from '../model/time';
import type { Window } from '../model/window';
import { WHOLE, windowAt, windowName } from '../model/window';
import { fingerprint } from '../store/fingerprint';
import { runReport } from '../store/look';
import { windowAttributes } from '../workflows/attributes';
import { resultUnlessAborted } from './interrupting';
import { pipelineNamed, windowOf } from './names';
import { EXIT } from './output/errors';
import { print } from './output/print';
import { aligned, count, duration } from './output/table';
import type { Runtime } from './runtime';
import { withRuntime } from './runtime';
import type { Verb } from './weir';

/** `weir run P [WINDOW]`: one window, followed to its end. */
export const run: Verb = async ([name, windowText], options) => {
  const pipeline = pipelineNamed(name!);
  const window = windowText ? windowOf(pipeline, windowText) : newestWindow(pipeline);
  return withRuntime({ worker: 'if needed' }, async (runtime) => {
    const began = Date.now();
    const handle = await startRun(runtime, pipeline, window);
    const outcome = (await resultUnlessAborted(handle, runtime.interrupted)) as Outcome;
    const report = await runReport(runtime.database, pipeline.name, window.start);
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
      `published ${count(outcome.rows)} rows (${count(outcome.written)} written) in ${duration(Date.now() - began)}, digest ${outcome.digest}`,
      ...(report.deadLetters > 0
        ? [
            `${count(report.deadLetters)} dead letters:  weir dead-letters ${pipeline.name} --window ${windowName(window)}`,
          ]
        : []),
    ]);
    return EXIT.done;
  });
};

/** Starts the run of a window, or joins the one that is under way: the id is the mutual exclusion. */
async function startRun({ client }: Runtime, pipeline: Pipeline, window: Window): Promise<WorkflowHandle> {
  const order: Order = { plan: compilePlan(pipeline, fingerprint), window, kind: 'run' };
  const workflowId = workflowIds.window(pipeline.name, windowName(window));
  try {
    return await client.workflow.start('runWindow', {
      taskQueue: QUEUES.workflows,
      workflowId,
      args: [order],
      typedSearchAttributes: windowAttributes(order),
      staticSummary: `${pipeline.name} ${windowName(window)}`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    process.stderr.write(`${workflowId} is running already: following it\n`);
    return client.workflow.getHandle(workflowId);
  }
}

// The last window that is over: the present one is still filling.
function newestWindow(pipeline: Pipeline): Window {
  if (pipeline.window === 'whole') return WHOLE;
  const { end } = historyOf(pipeline, instant(Date.now()));
  const current = windowAt(pipeline.window, end as string);
  return windowAt(pipeline.window, instant(millis(current.start as string) - 1));
}
