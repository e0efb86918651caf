import {
  ApplicationFailure,
  CancellationScope,
  TemporalFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BackfillOrder, BackfillOutcome, BackfillSteps } from '../model/steps';
import type { Window } from '../model/window';
import { rangeName, split, windowName, zoneOf } from '../model/window';
import { ATTRIBUTES } from './attributes';
import { serve } from './backfillHandlers';
import type { BackfillInput, Carried } from './backfillState';
import { PAGE_SIZE, beginning, checkWidth, countFailure, outcomeOf, tooManyFailed } from './backfillState';
import { backfillFailed, shortText } from './failures';
import { inPool } from './pool';
import { backfillStepsOf } from './proxies';
import { runChild } from './runChild';

type Running = { count: number };

/**
 * The workflow of a backfill: what the range shares first, then a child run per window, `width` at once; a window that fails
 * is counted and the others go on. Ends as failed when any did, after all have run.
 *
 *   open ─▶ ingest what is shared ─▶ page ─▶ its windows ─▶ finish
 *                                     ▲           │
 *                                     └───────────┘ as a new execution, so that no history grows long
 */
export async function backfillWorkflow(input: BackfillInput): Promise<BackfillOutcome> {
  const { order } = input;
  const steps = backfillStepsOf(order);
  const state = input.carried ?? beginning(order);
  const running: Running = { count: 0 };
  serve(state, running);
  refuseBadWidth(order);
  let more: boolean;
  try {
    if (state.epoch === null) await open(order, steps, state);
    more = await runPage(input, steps, state, running);
    if (more) await condition(allHandlersFinished);
    else await finish(steps, state, state.failed > 0 ? 'failed' : 'published');
  } catch (error) {
    const { consideredCancelled } = CancellationScope.current();
    await CancellationScope.nonCancellable(async () => {
      // Cancelled between the ledger's commit and its answer: asked again, it gives the same epoch, to be closed.
      if (consideredCancelled) state.epoch ??= (await steps.open(order)).epoch;
      await finish(steps, state, isCancellation(error) ? 'cancelled' : 'failed', shortText(error));
    });
    throw error;
  }
  // No await between the last handler and here: an update that comes now makes the server play this task again with it.
  if (more) return await continueAsNew<typeof backfillWorkflow>({ ...input, carried: state });
  if (state.failed > 0) throw backfillFailed(order, outcomeOf(state), tooManyFailed(state, order));
  return outcomeOf(state);
}

async function open(order: BackfillOrder, steps: BackfillSteps, state: Carried): Promise<void> {
  const { epoch, windows } = await steps.open(order);
  Object.assign(state, { epoch, windows });
  const { plan, range, kind } = order;
  if (plan.shared) await steps.ingest({ order: { plan, window: range, kind }, epoch });
}

/** Runs the next page of windows; true when another is to follow. */
async function runPage(input: BackfillInput, steps: BackfillSteps, state: Carried, running: Running): Promise<boolean> {
  const { order, pageSize = PAGE_SIZE } = input;
  const page = await steps.page(order, state.epoch!, state.after, pageSize);
  const { grain } = order.plan;
  // Calendars of time zones are for the ledger's side: there each span is one local day.
  const windows = zoneOf(grain) === null ? page.spans.flatMap((span) => split(grain, span)) : [...page.spans];
  if (order.newestFirst) windows.reverse();
  const historyIsLong = (): boolean => workflowInfo().continueAsNewSuggested;
  let begun = 0;
  await inPool(
    windows,
    state,
    () => tooManyFailed(state, order) || historyIsLong(),
    running,
    async (window) => {
      begun += 1;
      state.after = window.start;
      await runOne(order, steps, state, window);
      show(order, state, running);
    },
  );
  if (tooManyFailed(state, order)) return false;
  return begun < windows.length || page.next !== null;
}

/** Runs one window and counts how it ended; a failed one does not stop the others. */
async function runOne(order: BackfillOrder, steps: BackfillSteps, state: Carried, window: Window): Promise<void> {
  const { plan, kind } = order;
  try {
    await runChild({ plan, window, kind }, () => steps.owed(order, state.epoch!, window));
    state.done += 1;
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    // Cancelled along with the backfill: neither done nor failed. Cancelled alone, by a person: missing from the result.
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) return;
    countFailure(state, windowName(window), shortText(error));
  }
}

/** Writes the end into the ledger, unless the ledger never heard of the beginning. */
async function finish(
  steps: BackfillSteps,
  { epoch, done, failed, failures }: Carried,
  state: 'published' | 'failed' | 'cancelled',
  error = failures[0] && `${failures[0].window}: ${failures[0].error}`,
): Promise<void> {
  if (epoch !== null) await steps.finish(epoch, { state, done, failed, ...(error && { error }) });
  upsertSearchAttributes([{ key: ATTRIBUTES.outcome, value: state }]);
}

function show(order: BackfillOrder, { windows, done, failed, width, paused }: Carried, running: Running): void {
  setCurrentDetails(
    [
      `**${order.plan.pipeline} ${rangeName(order.range)}**${paused ? ' (paused)' : ''}`,
      '',
      '| windows | done | failed | running | width |',
      '| ---: | ---: | ---: | ---: | ---: |',
      `| ${windows} | ${done} | ${failed} | ${running.count} | ${width} |`,
    ].join('\n'),
  );
}

function refuseBadWidth({ width }: BackfillOrder): void {
  try {
    checkWidth(width);
  } catch (cause) {
    throw ApplicationFailure.create({ type: 'Misused', nonRetryable: true, message: (cause as Error).message });
  }
}
