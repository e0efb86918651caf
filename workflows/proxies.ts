import type { Priority } from '@temporalio/common';
import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities, BackfillOrder, BackfillSteps, Order, RunKind, Steps, TickSteps } from '../model/steps';
import { QUEUES } from '../model/steps';
import { rangeName, windowName } from '../model/window';

/** Classes of model/errors.ts that retrying does not mend; a second belt, since the activities' interceptor says so too. */
export const NOT_RETRYABLE = [
  'SourceMissing',
  'SourceUnreadable',
  'ContractBroken',
  'DefinitionInvalid',
  'Fenced',
  'GateClosed',
  'UnknownName',
  'Misused',
  'SchemaNewer',
  'StatementRefused',
];

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

/** How each activity is called: the one table of timeouts, heartbeats and retries. */
export const POLICIES: Readonly<Record<keyof Activities, ActivityOptions>> = {
  claim: LEDGER,
  ingest: ROWS,
  refresh: ROWS,
  hold: LEDGER,
  publish: ROWS,
  close: LEDGER,
  openBackfill: LEDGER,
  pageBackfill: LEDGER,
  owedWindow: WAITING,
  dueWindows: LEDGER,
  finishBackfill: LEDGER,
};

/** Live work outranks what can wait: 1 is first, 5 last; a stream will be 1. */
const PRIORITY: Readonly<Record<RunKind, number>> = { schedule: 2, run: 2, rerun: 3, repair: 3, backfill: 5 };

/** Many windows at once go where they cannot starve live work. */
const QUEUE: Readonly<Record<RunKind, string>> = {
  schedule: QUEUES.fresh,
  run: QUEUES.fresh,
  repair: QUEUES.fresh,
  rerun: QUEUES.backfill,
  backfill: QUEUES.backfill,
};

/** The place in the queue of a run and of all it starts; pipelines of one rank take turns where the server is told to. */
export const priorityOf = (pipeline: string, kind: RunKind): Priority => ({
  priorityKey: PRIORITY[kind],
  fairnessKey: pipeline.slice(0, 64),
});

type Caller = <K extends keyof Activities>(
  name: K,
  input: Parameters<Activities[K]>[0],
  about: string,
) => ReturnType<Activities[K]>;

/** Calls activities for one pipeline and kind of run; `about` is what people read beside the activity's name. */
function caller(pipeline: string, kind: RunKind): Caller {
  return (name, input, about) => {
    const bound = proxyActivities<{ [name: string]: (input: unknown) => Promise<unknown> }>({
      ...POLICIES[name],
      // Unset it would be TRY_CANCEL: the run would end while its statement still runs (sdk-typescript#2442).
      cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
      taskQueue: QUEUE[kind],
      priority: priorityOf(pipeline, kind),
      summary: about.slice(0, 200),
    });
    return bound[name]!(input) as ReturnType<Activities[typeof name]>;
  };
}

/** The steps of one run as activities; numbers the writing ones from 1, in the order in which they are called. */
export function stepsOf(order: Order): Steps {
  const { plan, window, kind } = order;
  const call = caller(plan.pipeline, kind);
  const of = `${plan.pipeline} ${windowName(window)}`;
  let step = 0;
  return {
    claim: (order) => call('claim', order, `claim ${of}`),
    ingest: (claim) => call('ingest', { claim, step: ++step }, `ingest ${of}`),
    refresh: (claim, table) =>
      call('refresh', { claim, step: ++step, table }, `refresh ${table} ${windowName(window)}`),
    hold: (claim, gate) => call('hold', { claim, step: ++step, gate }, `hold ${of}: ${gate.table}`),
    publish: (claim) => call('publish', { claim, step: ++step }, `publish ${of}`),
    close: (claim, ended) => call('close', { claim, step: ++step, ...ended }, `close ${of} as ${ended.state}`),
  };
}

/** What a backfill needs, as activities. */
export function backfillStepsOf(order: BackfillOrder): BackfillSteps {
  const { plan, range, kind } = order;
  const call = caller(plan.pipeline, kind);
  const of = `${plan.pipeline} ${rangeName(range)}`;
  return {
    open: (order) => call('openBackfill', order, `open ${kind} ${of}`),
    ingest: (claim) => call('ingest', { claim, step: 1 }, `ingest ${of}`),
    page: (order, epoch, after, limit) =>
      call(
        'pageBackfill',
        { order, epoch, after, limit },
        after === null ? `first page of ${of}` : `page after ${after}`,
      ),
    owed: (order, epoch, window) =>
      call('owedWindow', { order, epoch, window }, `wait for ${plan.pipeline} ${windowName(window)}`),
    finish: (epoch, ended) => call('finishBackfill', { epoch, ...ended }, `finish ${of} as ${ended.state}`),
  };
}

/** What a tick needs, as activities. */
export function tickStepsOf(pipeline: string): TickSteps {
  const call = caller(pipeline, 'schedule');
  return {
    due: (asked) => call('dueWindows', asked, `${pipeline}: what is due at ${asked.nominal}`),
    owed: ({ plan, epoch }, window) => {
      const order: BackfillOrder = {
        ...{ plan, range: window, which: 'all', kind: 'backfill' },
        ...{ newestFirst: false, width: 1, maxFailedShare: 1 },
      };
      return call('owedWindow', { order, epoch, window }, `wait for ${pipeline} ${windowName(window)}`);
    },
  };
}
