import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { QUEUES } from '../model/run/temporalNames';
import { isServed, msOf } from './workers';

/** A step that failed and is tried again. */
export interface Tried {
  readonly workflowId: string;
  readonly step: string;
  /** The attempt that runs, or comes next; the one before failed. */
  readonly attempt: number;
  /** What the attempt before failed of. */
  readonly why: string;
  /** Milliseconds until the next attempt; null while it runs. */
  readonly inMs: number | null;
}

/** What Temporal knows of a run, or of a backfill and its windows, that no result tells while it goes on. */
export interface PendingWork {
  /** From the third attempt on. */
  readonly tried: readonly Tried[];
  /** The queue that nobody serves, where something waits to be taken. */
  readonly unserved: string | null;
}

/** A step that failed once may be the weather; twice is worth a word. */
const TOLD_FROM = 3;
/** Windows of one backfill that are asked about: what one meets, most meet. */
const CHILDREN = 16;
/** Temporal's numbers for work that nobody has taken. */
const SCHEDULED = 1;
const SHOWN_CHARACTERS = 300;

/** What of these executions, and of the runs that they wait for, is tried again or waits for a worker. */
export async function pendingWork(client: Client, workflowIds: readonly string[]): Promise<PendingWork> {
  const tried: Tried[] = [];
  // A run with something that waits.
  let waiting: { readonly workflowId: string; readonly fails: boolean } | null = null;
  const asked = new Set<string>();
  for (const workflowId of workflowIds) {
    // A window of a backfill that was asked about already.
    if (asked.has(workflowId)) continue;
    const found = await described(client, workflowId);
    const children = (found?.raw.pendingChildren ?? []).slice(0, CHILDREN).map((child) => child.workflowId!);
    for (const id of [workflowId, ...children]) asked.add(id);
    const runs = [found, ...(await Promise.all(children.map((child) => described(client, child))))];
    for (const run of runs) {
      if (!run) continue;
      tried.push(...triedOf(run));
      const { pendingWorkflowTask: task, pendingActivities } = run.raw;
      if (task?.state === SCHEDULED || (pendingActivities ?? []).some(({ state }) => state === SCHEDULED))
        waiting ??= { workflowId: run.workflowId, fails: (task?.attempt ?? 1) > 2 };
    }
  }
  // One worker serves all queues of ours, and has slots to spare on this one however busy it is.
  // A run whose own task fails again and again answers nobody.
  const served = waiting === null || (await isServed(client, waiting.fails ? null : waiting.workflowId));
  return { tried, unserved: served ? null : QUEUES.workflows };
}

async function described(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | null> {
  try {
    const found = await client.workflow.getHandle(workflowId).describe();
    return found.status.name === 'RUNNING' ? found : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function triedOf({ workflowId, raw }: WorkflowExecutionDescription): Tried[] {
  return (raw.pendingActivities ?? [])
    .filter(({ attempt, lastFailure }) => (attempt ?? 0) >= TOLD_FROM && lastFailure)
    .map(({ attempt, lastFailure, activityType, scheduledTime, state }) => ({
      workflowId,
      step: activityType?.name ?? '',
      attempt: attempt!,
      why: (lastFailure?.message ?? '').slice(0, SHOWN_CHARACTERS),
      inMs: state === SCHEDULED && scheduledTime ? Math.max(0, msOf(scheduledTime) - Date.now()) : null,
    }));
}
