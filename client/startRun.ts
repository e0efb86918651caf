import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Pipeline } from '../model/definition/pipeline';
import { factsOf } from '../model/run/pipelineFacts';
import type { RunRequest } from '../model/run/request';
import { QUEUES, workflowIds } from '../model/run/temporalNames';
import { commands, detailsOf, windowSummary } from '../model/run/userMetadata';
import type { Window } from '../model/time/window';
import { windowName } from '../model/time/window';
import { compiled } from '../store/ledger/fingerprint';
import { windowAttributes } from '../workflows/shared/searchAttributes';
import { idUnderWay } from './formerIds';

/** Starts the run of a window, or joins the one that is under way: the id is the mutual exclusion. */
export async function startRun(
  client: Client,
  pipeline: Pipeline,
  window: Window,
): Promise<{ handle: WorkflowHandle; joined: boolean }> {
  const request: RunRequest = { plan: compiled(pipeline), window, kind: 'run' };
  const workflowId = await idUnderWay(client, window, (one) => workflowIds.window(pipeline.name, windowName(one)));
  try {
    const handle = await client.workflow.start('runWindow', {
      taskQueue: QUEUES.workflows,
      workflowId,
      args: [request],
      typedSearchAttributes: windowAttributes(request),
      staticSummary: windowSummary(window, 'by weir run'),
      staticDetails: detailsOf(factsOf(pipeline), commands.window(pipeline.name, window)),
    });
    return { handle, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { handle: client.workflow.getHandle(workflowId), joined: true };
  }
}
