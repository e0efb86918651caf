import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
  isCancellation,
} from '@temporalio/workflow';
import type { BackfillRequest, BackfillOutcome } from '../../model/run/backfill';
import type { FailedCheck, Gate } from '../../model/run/gate';
import type { RunRequest } from '../../model/run/request';
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
  return cut(inner instanceof Error ? inner.message : String(inner));
}

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
  return ApplicationFailure.create({
    type: 'GateClosed',
    nonRetryable: true,
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
    `  Again:  weir ${order.kind} ${plan.pipeline} ${rangeName(range)}`,
  ];
  return ApplicationFailure.create({
    type: 'BackfillFailed',
    nonRetryable: true,
    message: lines.join('\n'),
    details: [outcome],
  });
}

/** The class of an error that an activity threw; null where it threw none of ours. */
export function failureType(error: unknown): string | null {
  const inner = unwrapped(error);
  return inner instanceof ApplicationFailure ? (inner.type ?? null) : null;
}

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

const rowsFail = ({ check, rows }: FailedCheck): string =>
  `${check}: ${rows} ${rows === 1 ? 'row fails' : 'rows fail'}`;

const cut = (text: string): string =>
  text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS - 3)}...` : text;
