import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { compilePlan } from '../model/plan';
import type { Pipeline } from '../model/pipeline';
import type { BackfillOrder, Which } from '../model/steps';
import { QUEUES, workflowIds } from '../model/steps';
import type { Window } from '../model/window';
import { rangeName } from '../model/window';
import { fingerprint } from '../store/fingerprint';
import { backfillAttributes } from '../workflows/attributes';
import type { Runtime } from './runtime';

export interface BackfillWish {
  readonly range: Window;
  readonly which: Which;
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
  { client }: Pick<Runtime, 'client'>,
  pipeline: Pipeline,
  wish: BackfillWish,
): Promise<{ handle: WorkflowHandle; order: BackfillOrder; joined: boolean }> {
  const order: BackfillOrder = {
    plan: compilePlan(pipeline, fingerprint),
    range: wish.range,
    which: wish.which,
    kind: wish.kind,
    newestFirst: wish.newestFirst ?? false,
    width: wish.width ?? DEFAULT_WIDTH,
    maxFailedShare: wish.maxFailedShare ?? DEFAULT_MAX_FAILED_PERCENT / 100,
  };
  const workflowId = workflowIds.backfill(pipeline.name, rangeName(wish.range));
  try {
    const handle = await client.workflow.start('backfill', {
      taskQueue: QUEUES.workflows,
      workflowId,
      args: [{ order }],
      typedSearchAttributes: backfillAttributes(order),
      staticSummary: `${wish.kind} ${pipeline.name} ${rangeName(wish.range)}`,
    });
    return { handle, order, joined: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { handle: client.workflow.getHandle(workflowId), order, joined: true };
  }
}
