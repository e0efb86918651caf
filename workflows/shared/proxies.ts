import type { Priority } from '@temporalio/common';
import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { StepCall } from '../../model/run/claim';
import * as errors from '../../model/run/errors';
import type { RunKind } from '../../model/run/request';
import type { Activities, CallActivity } from '../../model/run/steps';
import { QUEUES } from '../../model/run/temporalNames';
import { countWindows, rangeName, windowName } from '../../model/time/window';

/** The permanent classes of model/run/errors.ts, by name: what Temporal must not try again even where an interceptor was left out. */
export const NOT_RETRYABLE = Object.entries(errors)
  .filter(([, value]) => (value as { prototype?: unknown }).prototype instanceof errors.PermanentError)
  .map(([name]) => name);

/** Short writes to the ledger: too short to heartbeat. */
const LEDGER: ActivityOptions = {
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '1 day',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '30s',
    nonRetryableErrorTypes: NOT_RETRYABLE,
  },
};

/** Work on rows: a worker that died is noticed by its heartbeat, one that is slow keeps its step for hours. */
const ROWS: ActivityOptions = {
  startToCloseTimeout: '6 hours',
  scheduleToCloseTimeout: '2 days',
  heartbeatTimeout: '15s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    nonRetryableErrorTypes: NOT_RETRYABLE,
  },
};

/** Waiting for another run to end: each try gives its slot back soon, so that those waited for can go on. */
const WAITING: ActivityOptions = {
  startToCloseTimeout: '30s',
  heartbeatTimeout: '15s',
  retry: {
    initialInterval: '1s',
    backoffCoefficient: 1.5,
    maximumInterval: '15s',
    nonRetryableErrorTypes: NOT_RETRYABLE,
  },
};

interface Call<K extends keyof Activities> {
  readonly policy: ActivityOptions;
  /** What people read beside the activity's name. */
  readonly about: (input: Parameters<Activities[K]>[0]) => string;
}

const spanOf = ({ claim }: StepCall): string => {
  const { window, plan } = claim.order;
  return countWindows(plan.grain, window) === 1 ? windowName(window) : rangeName(window);
};

/** How each activity is called: the one table of timeouts, heartbeats, retries and summaries. A timeline puts the activity's name before its summary. */
export const CALLS: { readonly [K in keyof Activities]: Call<K> } = {
  claim: { policy: LEDGER, about: ({ window }) => windowName(window) },
  ingest: { policy: ROWS, about: spanOf },
  refresh: { policy: ROWS, about: ({ table }) => table },
  hold: { policy: LEDGER, about: ({ gate }) => `gate closed on ${gate.table}` },
  publish: { policy: ROWS, about: spanOf },
  close: { policy: LEDGER, about: ({ state }) => `as ${state}` },
  openBackfill: { policy: LEDGER, about: ({ range, kind }) => `${kind} ${rangeName(range)}` },
  pageBackfill: {
    policy: LEDGER,
    about: ({ after, again }) => `${again ? 'once more, ' : ''}${after === null ? 'from the first' : `after ${after}`}`,
  },
  staleWindows: { policy: LEDGER, about: ({ order }) => `in ${rangeName(order.range)}` },
  owedWindow: { policy: WAITING, about: ({ window }) => `${windowName(window)}, which another runs` },
  dueWindows: { policy: LEDGER, about: ({ nominal }) => `at ${nominal}` },
  finishBackfill: { policy: LEDGER, about: ({ epoch, state }) => `run ${epoch} as ${state}` },
};

/** Live work outranks what can wait: 1 is first, 5 last; a stream will be 1. */
const PRIORITY: Readonly<Record<RunKind, number>> = { schedule: 2, run: 2, rerun: 3, backfill: 5 };

/** Many windows at once go where they cannot starve live work. */
const QUEUE: Readonly<Record<RunKind, string>> = {
  schedule: QUEUES.fresh,
  run: QUEUES.fresh,
  rerun: QUEUES.backfill,
  backfill: QUEUES.backfill,
};

/** The place in the queue of a run and of all it starts; pipelines of one rank take turns where the server is told to. */
export const priorityOf = (pipeline: string, kind: RunKind): Priority => ({
  priorityKey: PRIORITY[kind],
  fairnessKey: pipeline.slice(0, 64),
});

/** Calls activities for one pipeline and kind of run, on its queue and by its priority. */
export function caller(pipeline: string, kind: RunKind): CallActivity {
  return (name, input) => {
    const { policy, about } = CALLS[name] as Call<typeof name>;
    const activities = proxyActivities<{ [name: string]: (input: unknown) => Promise<unknown> }>({
      ...policy,
      // Unset it would be TRY_CANCEL: the run would end while its statement still runs (sdk-typescript#2442).
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      taskQueue: QUEUE[kind],
      priority: priorityOf(pipeline, kind),
      summary: about(input).slice(0, 200),
    });
    return activities[name]!(input) as ReturnType<Activities[typeof name]>;
  };
}
