import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Pipeline } from '../model/definition/pipeline';
import type { BackfillRequest, WindowSelection } from '../model/run/backfill';
import { factsOf } from '../model/run/pipelineFacts';
import { QUEUES, workflowIds } from '../model/run/temporalNames';
import { backfillSummary, commands, detailsOf } from '../model/run/userMetadata';
import type { Window } from '../model/time/window';
import { rangeName } from '../model/time/window';
import { compiled } from '../store/ledger/fingerprint';
import { backfillAttributes } from '../workflows/shared/searchAttributes';
import { idUnderWay } from './formerIds';

export interface BackfillOptions {
  readonly range: Window;
  readonly which: WindowSelection;
  readonly kind: 'backfill' | 'rerun';
  readonly newestFirst?: boolean;
  readonly width?: number;
  readonly maxFailedShare?: number;
}

/** Windows at once where nobody says otherwise: keeps two cores busy and leaves the live queue its share. */
export const DEFAULT_WIDTH = 8;
/** Past half, the rest would fail of the same cause. */
export const DEFAULT_MAX_FAILED_PERCENT = 50;

/** Starts a backfill, or finds the one of the same range that is running already: asked twice, done once. */
export async function startBackfill(
  client: Client,
  pipeline: Pipeline,
  options: BackfillOptions,
): Promise<{ handle: WorkflowHandle; order: BackfillRequest; joined: boolean }> {
  const order: BackfillRequest = {
    plan: compiled(pipeline),
    range: options.range,
    which: options.which,
    kind: options.kind,
    newestFirst: options.newestFirst ?? false,
    width: options.width ?? DEFAULT_WIDTH,
    maxFailedShare: options.maxFailedShare ?? DEFAULT_MAX_FAILED_PERCENT / 100,
  };
  const facts = factsOf(pipeline);
  const workflowId = await idUnderWay(client, options.range, (one) =>
    workflowIds.backfill(pipeline.name, rangeName(one)),
  );
  try {
    const handle = await client.workflow.start('backfill', {
      taskQueue: QUEUES.workflows,
      workflowId,
      args: [{ order, facts }],
      typedSearchAttributes: backfillAttributes(order),
      staticSummary: backfillSummary(order),
      staticDetails: detailsOf(facts, commands.backfill(pipeline.name, options.range)),
    });
    return { handle, order, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { handle: client.workflow.getHandle(workflowId), order, joined: true };
  }
}
