import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ChildWorkflowCancellationType, ParentClosePolicy, executeChild, sleep } from '@temporalio/workflow';
import type { PipelineFacts } from '../../model/run/pipelineFacts';
import type { RunRequest } from '../../model/run/request';
import { QUEUES, workflowIds } from '../../model/run/temporalNames';
import { commands, detailsOf, windowSummary } from '../../model/run/userMetadata';
import { windowName } from '../../model/time/window';
import type { runWindow } from '../runWindow';
import { priorityOf } from './proxies';
import { windowAttributes } from './searchAttributes';

const LONGEST_WAIT_S = 60;

/**
 * Runs a window as a child under its canonical id. Where another run has the id, waits for that one to end and runs again
 * only if the ledger still owes it (`owed`): no request is lost, none is done twice. `why` and `facts` are for people.
 * @throws ChildWorkflowFailure when the window failed, was held or was cancelled.
 */
export async function runChild(
  order: RunRequest,
  why: string,
  facts: PipelineFacts | undefined,
  owed: () => Promise<boolean>,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await startAndWait(order, why, facts);
      return;
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    if (!(await owed())) return;
    // The ledger and Temporal may differ for a moment (a run that has not claimed yet, or has not ended yet).
    if (tries > 0) await sleep(`${Math.min(2 ** (tries - 1), LONGEST_WAIT_S)}s`, { summary: 'the id is still taken' });
  }
}

function startAndWait(order: RunRequest, why: string, facts: PipelineFacts | undefined): Promise<unknown> {
  const { plan, window, kind } = order;
  return executeChild<typeof runWindow>('runWindow', {
    workflowId: workflowIds.window(plan.pipeline, windowName(window)),
    taskQueue: QUEUES.workflows,
    args: [order],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    priority: priorityOf(plan.pipeline, kind),
    typedSearchAttributes: windowAttributes(order),
    staticSummary: windowSummary(window, why),
    staticDetails: detailsOf(facts, commands.window(plan.pipeline, window)),
  });
}
