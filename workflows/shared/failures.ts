import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TemporalFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { BackfillRequest, BackfillOutcome } from '../../model/run/backfill';
import type { FailedCheck, Gate } from '../../model/run/gate';
import type { RunRequest } from '../../model/run/request';
import type { Advice } from '../../model/run/toldFailure';
import { withAdvice, withoutAdvice } from '../../model/run/toldFailure';
import { commands } from '../../model/run/userMetadata';
import { rangeName, windowName } from '../../model/time/window';

const SHOWN_CHARACTERS = 1_000;

/** A short text for the ledger and for people: what went wrong, without Temporal's wrapping. */
export function shortText(error: unknown): string {
  if (isCancellation(error)) return 'cancelled';
  const inner = unwrapped(error);
  if (inner instanceof ApplicationFailure && inner.type === 'GateClosed' && inner.details?.[0]) {
    const gate = inner.details[0] as Gate;
    return cut(`gate closed on ${gate.table}: ${closing(gate).map(rowsFail).join('; ')}`);
  }
  if (inner instanceof TimeoutFailure) return cut(`${stepName(error)}${inner.message}`);
  return cut(whatHappened(inner));
}

/**
 * What ends a run whose step failed, in our words: what happened, what is still true, what next. Others are given back as they are: a
 * cancellation, and a mistake of the workflow itself, which must not end it. Stacks stay with the step, and paths of machines with them.
 */
export function toldFailure(error: unknown, otherwise: Advice): unknown {
  if (!(error instanceof TemporalFailure) || isCancellation(error)) return error;
  const inner = unwrapped(error);
  const ours = inner instanceof ApplicationFailure ? inner : null;
  const fields = { ...otherwise, ...fieldsOf(inner) };
  const what = inner instanceof TimeoutFailure ? shortText(error) : whatHappened(inner);
  return withoutStack({
    type: ours?.type ?? (inner instanceof TimeoutFailure ? 'TimedOut' : 'StepFailed'),
    message: withAdvice(what, fields),
    details: [fields],
  });
}

/** What to do where a failed step of a window does not say. */
export const afterFailedRun = ({ plan, window }: RunRequest): Advice => ({
  next: `${commands.window(plan.pipeline, window)}, then: weir run ${plan.pipeline} ${windowName(window)}`,
  stillTrue: 'readers see whole windows, and of this one what they had before unless it was published',
});

/** The same for one of a backfill itself, before or after its windows. */
export const afterFailedBackfill = ({ plan, range, kind }: BackfillRequest): Advice => ({
  next: `weir status ${plan.pipeline}, then: weir ${kind} ${plan.pipeline} ${rangeName(range)}`,
  stillTrue: 'windows that it published stay, of the others readers see what they had before',
});

/** What ends the run of a held window: failed for Temporal, so that nobody takes it for done. */
export function gateClosed(order: RunRequest, gate: Gate): ApplicationFailure {
  const { pipeline } = order.plan;
  const window = windowName(order.window);
  const lines = [
    `${pipeline} ${window}: gate closed on ${gate.table}`,
    ...closing(gate).map((check) => `  ${rowsFail(check)}`),
    '  Nothing was published; readers still see what this window had before.',
    `  Look:  weir show ${pipeline} ${window}        Again:  weir run ${pipeline} ${window}`,
  ];
  return withoutStack({
    type: 'GateClosed',
    message: lines.join('\n'),
    details: [gate],
  });
}

/** What ends a backfill of which windows failed, or which gave up. */
export function backfillFailed(order: BackfillRequest, outcome: BackfillOutcome, gaveUp: boolean): ApplicationFailure {
  const { plan, range, maxFailedShare } = order;
  const { windows, done, failed, failures } = outcome;
  const lines = [
    `${plan.pipeline} ${rangeName(range)}: ${failed} of ${done + failed} windows failed`,
    ...failures.map(({ window, error }) => `  ${window}  ${error}`),
    ...(failed > failures.length ? [`  and ${failed - failures.length} more`] : []),
    ...(gaveUp
      ? [
          `  Stopped early: more than ${Number((maxFailedShare * 100).toPrecision(6))} % failed; ${Math.max(0, windows - done - failed)} were not begun.`,
        ]
      : []),
    `  ${published(done)}eaders of the failed ones still see what was there.`,
    `  Look:  ${commands.backfill(plan.pipeline, range)} --failed        Again:  weir ${order.kind} ${plan.pipeline} ${rangeName(range)}`,
  ];
  return withoutStack({
    type: 'BackfillFailed',
    message: lines.join('\n'),
    details: [outcome],
  });
}

/** What ends a tick of which windows failed. */
export function tickFailed(pipeline: string, windows: number, failures: readonly string[]): ApplicationFailure {
  const advice = {
    next: `weir windows ${pipeline} --failed`,
    stillTrue: 'of the failed ones readers see what they had before',
  };
  const what = `${pipeline}: ${failures.length} of ${windows} windows that were due failed\n  ${failures.join('\n  ')}`;
  return withoutStack({ type: 'TickFailed', message: withAdvice(what, advice), details: [advice] });
}

/** The class of an error that an activity threw; null where it threw none of ours. */
export function failureType(error: unknown): string | null {
  const inner = unwrapped(error);
  return inner instanceof ApplicationFailure ? (inner.type ?? null) : null;
}

/** A failure that ends its workflow, as a person reads it: in the Web UI a stack would be most of it. */
function withoutStack(options: { type: string; message: string; details: unknown[] }): ApplicationFailure {
  const failure = ApplicationFailure.create({ ...options, nonRetryable: true });
  failure.stack = '';
  return failure;
}

const whatHappened = (inner: unknown): string =>
  inner instanceof Error ? withoutAdvice(inner.message, fieldsOf(inner)) : String(inner);

// What activities/failures.ts put there of the error's class; the Gate of GateClosed has neither.
const fieldsOf = (inner: unknown): Advice => {
  const first: unknown = inner instanceof ApplicationFailure ? inner.details?.[0] : undefined;
  return typeof first === 'object' && first !== null ? first : {};
};

function unwrapped(error: unknown): unknown {
  while ((error instanceof ActivityFailure || error instanceof ChildWorkflowFailure) && error.cause)
    error = error.cause;
  return error;
}

function stepName(error: unknown): string {
  while (error instanceof ChildWorkflowFailure) error = error.cause;
  return error instanceof ActivityFailure ? `${error.activityType}: ` : '';
}

const published = (done: number): string =>
  done === 0 ? 'R' : `The other ${done === 1 ? 'one is' : `${done} are`} published; r`;

const closing = (gate: Gate): FailedCheck[] => gate.failed.filter((check) => check.severity === 'error');

const rowsFail = ({ check, rows, saw }: FailedCheck): string =>
  `${check}: ${saw ?? `${rows} ${rows === 1 ? 'row fails' : 'rows fail'}`}`;

const cut = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 3)}...` : text;
