import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { workflowIds } from '../model/steps';
import { windowName } from '../model/window';
import { windowOf, pipelineNamed } from './names';
import { print } from './output/print';
import type { Runtime } from './runtime';
import { withRuntime } from './runtime';
import { openBackfill, unreachable } from './steering';
import { resultUnlessAborted } from './interrupting';
import type { Verb } from './weir';

/**
 * `weir cancel P [WINDOW | FROM..TO]`: ends a run or a backfill. The statement that runs is stopped and rolled back; windows that were
 * published stay, the others are as they were before.
 */
export const cancel: Verb = ([name, what], options) => {
  const pipeline = pipelineNamed(name!);
  const window =
    what !== undefined && !what.includes('..') && pipeline.window !== 'whole' ? windowOf(pipeline, what) : null;
  return withRuntime({ worker: 'if needed' }, async (runtime) => {
    const handle = window
      ? runtime.client.workflow.getHandle(workflowIds.window(pipeline.name, windowName(window)))
      : (await openBackfill(runtime, pipeline, what)).handle;
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
