import type { Client } from '@temporalio/client';
import { QUEUES } from '../model/run/temporalNames';
import type { Instant } from '../model/time/time';
import { instant } from '../model/time/time';

/** A process that asked a queue for work lately. */
export interface Server {
  /** As its worker calls itself: `pid@host`. */
  readonly identity: string;
  readonly seenMs: number;
  /** When it began to serve; null where the Temporal server does not tell, or not yet. */
  readonly since: Instant | null;
}

export interface Served {
  readonly queue: string;
  readonly by: readonly Server[];
}

/** Temporal's numbers: TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY, WORKER_STATUS_SHUTTING_DOWN, WORKER_VERSIONING_MODE_VERSIONED. */
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
const SHUTTING_DOWN = 2;
const VERSIONED = 2;
/** gRPC: who was asked went away; nobody answered in time; there is nobody to ask, or none ever took a task of this run; the connection broke. */
const UNANSWERED = [1, 4, 9, 14];

/** An idle worker asks again after a minute at most: one not seen for longer is gone. */
const SEEN_MS = 70_000;
/** One seen just now is there; between the two a question tells. */
const JUST_NOW_MS = 10_000;
/** A run's last worker is asked for 5 s before any other is. */
const ANSWER_MS = 6_000;
const METADATA = '__temporal_workflow_metadata';

/** Who serves each queue, the one seen last first. A process that was killed is among them for a minute: ask `answers`. */
export async function serversOf(client: Client): Promise<Served[]> {
  const begun = await heartbeats(client);
  return Promise.all(
    Object.values(QUEUES).map(async (queue) => {
      const kind = queue === QUEUES.workflows ? WORKFLOW_TASKS : ACTIVITY_TASKS;
      const by = (await pollersOf(client, queue, kind)).map(({ identity, seenMs }) => {
        const since = begun.find((one) => one.identity === identity && one.queue === queue && !one.ending)?.since;
        return { identity, seenMs, since: since ?? null };
      });
      return { queue, by: by.sort((a, b) => a.seenMs - b.seenMs) };
    }),
  );
}

/**
 * Whether a worker takes what is on the queue of workflows: one that was seen just now, or that answers a question about the run
 * `workflowId`, where one is known. A killed one stays on Temporal's list, and cannot answer.
 */
export async function isServed(client: Client, workflowId: string | null): Promise<boolean> {
  const pollers = await pollersOf(client, QUEUES.workflows, WORKFLOW_TASKS);
  if (pollers.length === 0) return false;
  if (workflowId === null || pollers.some(({ seenMs }) => seenMs < JUST_NOW_MS)) return true;
  // The question goes to the build of that run alone, which may be drained.
  if (pollers.some(({ versioned }) => versioned)) return true;
  return answers(client, workflowId);
}

/** The same for who looks without a run at hand: the newest one that ended is asked about, however lately a worker was seen. */
export async function answersNow(client: Client): Promise<boolean> {
  const pollers = await pollersOf(client, QUEUES.workflows, WORKFLOW_TASKS);
  if (pollers.length === 0) return false;
  if (pollers.some(({ versioned }) => versioned)) return true;
  const query = `TaskQueue = "${QUEUES.workflows}" AND ExecutionStatus = "Completed"`;
  for await (const { workflowId, runId } of client.workflow.list({ query, pageSize: 1 }))
    return answers(client, workflowId, runId);
  const ended = (await heartbeats(client)).filter(({ ending }) => ending);
  return pollers.some(({ identity }) => !ended.some((one) => one.identity === identity));
}

async function answers(client: Client, workflowId: string, runId?: string): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + ANSWER_MS, () =>
      client.workflowService.queryWorkflow({
        namespace: client.options.namespace,
        execution: { workflowId, ...(runId && { runId }) },
        query: { queryType: METADATA },
      }),
    );
    return true;
  } catch (error) {
    // Any other refusal is an answer.
    return !UNANSWERED.includes((error as { code?: number }).code ?? -1);
  }
}

interface Poller {
  readonly identity: string;
  readonly seenMs: number;
  readonly versioned: boolean;
}

async function pollersOf(client: Client, queue: string, taskQueueType: number): Promise<Poller[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType,
  });
  return (pollers ?? [])
    .map(({ identity, lastAccessTime, deploymentOptions }) => ({
      identity: identity ?? '',
      seenMs: lastAccessTime ? Math.max(0, Date.now() - msOf(lastAccessTime)) : Infinity,
      versioned: deploymentOptions?.workerVersioningMode === VERSIONED,
    }))
    .filter(({ seenMs }) => seenMs < SEEN_MS);
}

interface Heartbeat {
  readonly identity: string;
  readonly queue: string;
  readonly since: Instant | null;
  readonly ending: boolean;
}

/** What workers tell of themselves once a minute, and when they end; nothing where the server is older. */
async function heartbeats(client: Client): Promise<Heartbeat[]> {
  try {
    const { workersInfo } = await client.workflowService.listWorkers({
      namespace: client.options.namespace,
      pageSize: 200,
    });
    return (workersInfo ?? []).map(({ workerHeartbeat: told }) => ({
      identity: told?.workerIdentity ?? '',
      queue: told?.taskQueue ?? '',
      since: told?.startTime ? instant(Math.floor(msOf(told.startTime))) : null,
      ending: told?.status === SHUTTING_DOWN,
    }));
  } catch {
    return [];
  }
}

/** Milliseconds since 1970 of one of Temporal's timestamps. */
export const msOf = ({ seconds, nanos }: { seconds?: unknown; nanos?: number | null }): number =>
  Number(String(seconds ?? 0)) * 1_000 + (nanos ?? 0) / 1e6;
