import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { openBackfill, unreachable } from '../../client/control';
import { idUnderWay } from '../../client/formerIds';
import { workflowIds } from '../../model/run/temporalNames';
import { WHOLE, windowName } from '../../model/time/window';
import { openBackfills } from '../../store/ledger/backfills';
import { follow } from '../session/follow';
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
  const named = what === undefined ? undefined : rangeOf(pipeline, what);
  const window =
    what !== undefined && !what.includes('..') && pipeline.window !== 'whole' ? windowOf(pipeline, what) : null;
  return withRuntime(project, { worker: 'if needed' }, async (runtime) => {
    // The one window of a `whole` pipeline is a range too: a backfill of it ends with its run, and is asked first.
    const isRun =
      window !== null ||
      (pipeline.window === 'whole' && (await openBackfills(runtime.database, pipeline)).length === 0);
    const handle = isRun
      ? runtime.client.workflow.getHandle(
          await idUnderWay(runtime.client, window ?? WHOLE, (one) =>
            workflowIds.window(pipeline.name, windowName(one)),
          ),
        )
      : (await openBackfill(runtime, pipeline, named)).handle;
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

async function cancelled(runtime: Runtime, handle: WorkflowHandle): Promise<string> {
  try {
    await handle.cancel();
    await follow(runtime, handle);
    return 'published';
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause?.name === 'CancelledFailure' ? 'cancelled' : 'failed';
    throw unreachable(error, handle.workflowId);
  }
}
