import {
  ApplicationFailure,
  CancellationScope,
  TemporalFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BackfillRequest, BackfillOutcome } from '../model/run/backfill';
import type { CallActivity } from '../model/run/steps';
import { windowsOf } from '../model/run/userMetadata';
import type { Window } from '../model/time/window';
import { split, windowName, zoneOf } from '../model/time/window';
import { registerHandlers } from './shared/backfillHandlers';
import type { BackfillInput, BackfillState } from './shared/backfillState';
import { PAGE_SIZE, initialState, checkWidth, countFailure, outcomeOf, tooManyFailed } from './shared/backfillState';
import { forEachConcurrently } from './shared/concurrency';
import { showBackfill } from './shared/currentDetails';
import { afterFailedBackfill, backfillFailed, shortText, toldFailure } from './shared/failures';
import { caller } from './shared/proxies';
import { runChild } from './shared/runChild';
import { ATTRIBUTES } from './shared/searchAttributes';

type Running = { count: number };

/**
 * The workflow of a backfill: what the range shares first, then a child run per window, `width` at once; a window that fails
 * is counted and the others go on. Ends as failed when any did, after all have run.
 *
 *   open ─▶ ingest what is shared ─▶ page ─▶ its windows ─▶ what did its own deliveries touch? ─▶ finish
 *                                     ▲           │                      │ once more
 *                                     └───────────┴──────────────────────┘ as a new execution, so that no history grows long
 */
export async function backfill(input: BackfillInput): Promise<BackfillOutcome> {
  const { order } = input;
  const call = caller(order.plan.pipeline, order.kind);
  const state = input.carried ?? initialState(order);
  const running: Running = { count: 0 };
  const show = (): void => showBackfill(order, state, running);
  registerHandlers(state, running, show);
  refuseBadWidth(order);
  let more: boolean;
  try {
    if (state.epoch === null) await open(order, call, state);
    show();
    more = (await runPage(input, call, state, running)) || (await somethingIsTouched(order, call, state));
    if (more) await condition(allHandlersFinished);
    else await finish(call, state, state.failed > 0 ? 'failed' : 'published');
    show();
  } catch (error) {
    const { consideredCancelled } = CancellationScope.current();
    await CancellationScope.nonCancellable(async () => {
      // Cancelled between the ledger's commit and its answer: asked again, it gives the same epoch, to be closed.
      if (consideredCancelled) state.epoch ??= (await call('openBackfill', order)).epoch;
      await finish(call, state, isCancellation(error) ? 'cancelled' : 'failed', shortText(error));
    });
    throw toldFailure(error, afterFailedBackfill(order));
  }
  // No await between the last handler and here: an update that comes now makes the server play this task again with it.
  if (more) return await continueAsNew<typeof backfill>({ ...input, carried: state });
  if (state.failed > 0) throw backfillFailed(order, outcomeOf(state), tooManyFailed(state, order));
  return outcomeOf(state);
}

async function open(order: BackfillRequest, call: CallActivity, state: BackfillState): Promise<void> {
  const { epoch, windows } = await call('openBackfill', order);
  Object.assign(state, { epoch, windows });
  const { plan, range, kind } = order;
  if (plan.shared) await call('ingest', { claim: { order: { plan, window: range, kind }, epoch }, step: 1 });
}

/** Runs the next page of windows; true when another is to follow. */
async function runPage(
  input: BackfillInput,
  call: CallActivity,
  state: BackfillState,
  running: Running,
): Promise<boolean> {
  const { order, pageSize = PAGE_SIZE } = input;
  const { again } = state;
  const page = await call('pageBackfill', {
    order,
    epoch: state.epoch!,
    after: state.after,
    limit: pageSize,
    ...(again && { again }),
  });
  const { grain } = order.plan;
  // Calendars of time zones are for the ledger's side: there each span is one local day.
  const windows = zoneOf(grain) === null ? page.spans.flatMap((span) => split(grain, span)) : [...page.spans];
  if (order.newestFirst) windows.reverse();
  const historyIsLong = (): boolean => workflowInfo().continueAsNewSuggested;
  let begun = 0;
  await forEachConcurrently(
    windows,
    state,
    () => tooManyFailed(state, order) || historyIsLong(),
    running,
    async (window) => {
      begun += 1;
      state.after = window.start;
      await runOne(input, call, state, window);
      showBackfill(order, state, running);
    },
  );
  if (tooManyFailed(state, order)) return false;
  return begun < windows.length || page.next !== null;
}

/**
 * After the last window: a delivery of one window may hold late rows of another that was published before it. Those run once more, in a
 * second pass; what is stale after that is told in the outcome. True when a second pass is to follow.
 */
async function somethingIsTouched(order: BackfillRequest, call: CallActivity, state: BackfillState): Promise<boolean> {
  if (tooManyFailed(state, order) || !patched('touched-windows-run-again')) return false;
  state.stale = await call('staleWindows', { order, epoch: state.epoch! });
  if (state.again || state.stale.again === 0) return false;
  state.again = true;
  state.after = null;
  return true;
}

/** Runs one window and counts how it ended; a failed one does not stop the others. */
async function runOne(
  { order, facts }: BackfillInput,
  call: CallActivity,
  state: BackfillState,
  window: Window,
): Promise<void> {
  const { plan, kind } = order;
  try {
    await runChild({ plan, window, kind }, `${kind} of ${windowsOf(state.windows)}`, facts, () =>
      call('owedWindow', { order, epoch: state.epoch!, window }),
    );
    if (!state.again) state.done += 1;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    // Cancelled along with the backfill: neither done nor failed. Cancelled alone, by a person: missing from the result.
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) return;
    if (state.again) state.done -= 1;
    countFailure(state, windowName(window), shortText(error));
  }
}

/** Writes the end into the ledger, unless the ledger never heard of the beginning. */
async function finish(
  call: CallActivity,
  { epoch, done, failed, failures }: BackfillState,
  state: 'published' | 'failed' | 'cancelled',
  error = failures[0] && `${failures[0].window}: ${failures[0].error}`,
): Promise<void> {
  if (epoch !== null) await call('finishBackfill', { epoch, state, done, failed, ...(error && { error }) });
  upsertSearchAttributes([{ key: ATTRIBUTES.outcome, value: state }]);
}

function refuseBadWidth({ width }: BackfillRequest): void {
  try {
    checkWidth(width);
  } catch (cause) {
    throw ApplicationFailure.create({ type: 'Misused', nonRetryable: true, message: (cause as Error).message });
  }
}
