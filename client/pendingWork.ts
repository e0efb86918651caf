import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { QUEUES } from '../model/run/temporalNames';

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
/** TASK_QUEUE_TYPE_WORKFLOW. */
const WORKFLOW_TASKS = 1;
/** An idle worker asks again after a minute at most. */
const SEEN_MS = 70_000;
const SHOWN_CHARACTERS = 300;

/** What of these executions, and of the runs that they wait for, is tried again or waits for a worker. */
export async function pendingWork(client: Client, workflowIds: readonly string[]): Promise<PendingWork> {
  const tried: Tried[] = [];
  let waits = false;
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
      waits ||=
        run.raw.pendingWorkflowTask?.state === SCHEDULED ||
        (run.raw.pendingActivities ?? []).some(({ state }) => state === SCHEDULED);
    }
  }
  // One worker serves all queues of ours, and has slots to spare on this one however busy it is.
  return { tried, unserved: waits && !(await isServed(client)) ? QUEUES.workflows : null };
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

async function isServed(client: Client): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: QUEUES.workflows },
    taskQueueType: WORKFLOW_TASKS,
  });
  return (pollers ?? []).some(({ lastAccessTime }) => lastAccessTime && Date.now() - msOf(lastAccessTime) < SEEN_MS);
}

const msOf = ({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): number =>
  Number(String(seconds ?? 0)) * 1_000 + (nanos ?? 0) / 1e6;
