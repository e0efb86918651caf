import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { openBackfill, unreachable } from '../../client/control';
import { idUnderWay } from '../../client/formerIds';
import { workflowIds } from '../../model/run/temporalNames';
import { windowName } from '../../model/time/window';
import { resultUnlessAborted } from '../session/interruption';
import { pipelineNamed, rangeOf, windowOf } from '../session/project';
import type { Runtime } from '../session/runtime';
import { withRuntime } from '../session/runtime';
import { print } from '../terminal/print';
import type { Verb } from '../verb';

/**
 * `weir cancel P [WINDOW | FROM..TO]`: ends a run or a backfill. The statement that runs is stopped and rolled back; windows that were
 * published stay, the others are as they were before.
 */
export const cancel: Verb = ([name, what], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const window =
    what !== undefined && !what.includes('..') && pipeline.window !== 'whole' ? windowOf(pipeline, what) : null;
  return withRuntime(project, { worker: 'if needed' }, async (runtime) => {
    const handle = window
      ? runtime.client.workflow.getHandle(
          await idUnderWay(runtime.client, window, (one) => workflowIds.window(pipeline.name, windowName(one))),
        )
      : (await openBackfill(runtime, pipeline, what === undefined ? undefined : rangeOf(pipeline, what))).handle;
    const ended = await cancelled(runtime, handle);
    print(options, { workflow: handle.workflowId, ended }, () => [
      ended === 'cancelled'
        ? `${handle.workflowId} is cancelled: what was under way was rolled back`
        : `${handle.workflowId} had ended before: ${ended}`,
      'Published windows stay as they are; readers never saw a half.',
      `Next:  weir windows ${pipeline.name}`,
    ]);
  });
};

async function cancelled({ interrupted }: Runtime, handle: WorkflowHandle): Promise<string> {
  try {
    await handle.cancel();
    await resultUnlessAborted(handle, interrupted);
    return 'published';
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause?.name === 'CancelledFailure' ? 'cancelled' : 'failed';
    throw unreachable(error, handle.workflowId);
  }
}
