import type { Client, WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import type { Pipeline } from '../model/definition/pipeline';
import { Misused, Unavailable, UnknownName } from '../model/run/errors';
import type { Window } from '../model/time/window';
import { rangeName } from '../model/time/window';
import { openBackfills } from '../store/ledger/backfills';
import type { Database } from '../store/postgres/database';

/** A backfill that is under way, as Temporal knows it. */
export interface OpenBackfill {
  readonly handle: WorkflowHandle;
  readonly range: string;
  readonly epoch: number;
}

/**
 * The pipeline's backfill of this range, or its only one where no range is given.
 * @throws UnknownName where none is under way, Misused where several are and none was named.
 */
export async function openBackfill(
  { database, client }: { readonly database: Database; readonly client: Client },
  pipeline: Pipeline,
  range?: Window,
): Promise<OpenBackfill> {
  const open = await openBackfills(database, pipeline);
  const wanted = range && rangeName(range);
  const named = wanted === undefined ? open : open.filter((one) => one.range === wanted);
  const list = open.map((one) => one.range).join(', ');
  if (named.length === 0) {
    throw new UnknownName(
      `no backfill of ${pipeline.name}${wanted ? ` ${wanted}` : ''} is under way${open.length > 0 ? ` (${list} is)` : ''}`,
      { next: `weir status shows how ${pipeline.name} stands`, stillTrue: 'nothing was changed' },
    );
  }
  if (named.length > 1)
    throw new Misused(`several backfills of ${pipeline.name} are under way: ${list}`, {
      next: 'name the range of one',
      stillTrue: 'nothing was changed',
    });
  const { workflowId, range: found, epoch } = named[0]!;
  return { handle: client.workflow.getHandle(workflowId), range: found, epoch };
}

/** Asks a running workflow to change, and waits for its answer. @throws Unavailable where Temporal has no such run, or nobody serves it. */
export async function steer(
  steered: OpenBackfill,
  update: 'pause' | 'resume' | 'setWidth',
  ...args: number[]
): Promise<void> {
  try {
    await steered.handle.client.withDeadline(Date.now() + 20_000, () =>
      steered.handle.executeUpdate(update, { args: args as [number] }),
    );
  } catch (error) {
    throw unreachable(error, steered.handle.workflowId);
  }
}

/** What a call to a workflow that is gone, or that nobody serves, means for a person; other errors as they are. */
export function unreachable(error: unknown, workflowId: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return new Unavailable(`Temporal has no open run of ${workflowId}; the ledger will hear of it from the next one`, {
      next: 'ask for it again (weir backfill, weir run): it takes over what is left',
      stillTrue: 'what was published stays',
    });
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return new Unavailable(`nobody answered for ${workflowId}: no worker serves the queue`, {
      next: 'weir worker, then again',
      stillTrue: 'nothing was changed',
    });
  }
  return error;
}
