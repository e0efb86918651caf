import type { BackfillRequest, BackfillOutcome, StaleWindows } from '../../model/run/backfill';
import type { PipelineFacts } from '../../model/run/pipelineFacts';

/** What a backfill carries from one part to the next: plain data, small however many windows there are. */
export interface BackfillState {
  /** The backfill's fence; null until the ledger knows it. */
  epoch: number | null;
  /** How many windows were owed at the beginning. */
  windows: number;
  /** The start of the last window begun; null at the beginning. */
  after: string | null;
  done: number;
  failed: number;
  failures: { readonly window: string; readonly error: string }[];
  width: number;
  paused: boolean;
  /** Set in the second pass: windows that the first one's own deliveries touched after they were published. */
  again?: true;
  stale?: StaleWindows;
}

/** The input of the backfill workflow; only its own continuations carry. */
export interface BackfillInput {
  readonly order: BackfillRequest;
  readonly carried?: BackfillState;
  /** Windows in one part (a test may make it small); a part of 400 stays below 4,096 events at any width. */
  readonly pageSize?: number;
  /** For people who look at it and at its runs; backfills begun by versions before have none. */
  readonly facts?: PipelineFacts;
}

/** What the query `progress` answers. */
export interface BackfillProgress {
  readonly windows: number;
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  readonly width: number;
  readonly paused: boolean;
  readonly failures: readonly { readonly window: string; readonly error: string }[];
}

export const PAGE_SIZE = 400;
const MAX_WIDTH = 64;
const SHOWN_FAILURES = 5;
const JUDGED_FROM = 20;

export const initialState = ({ width }: BackfillRequest): BackfillState => ({
  epoch: null,
  windows: 0,
  after: null,
  done: 0,
  failed: 0,
  failures: [],
  width,
  paused: false,
});

export function countFailure(state: BackfillState, window: string, error: string): void {
  state.failed += 1;
  if (state.failures.length < SHOWN_FAILURES) state.failures.push({ window, error });
}

/** True when so many windows failed that the rest would too: judged from the 20th on. */
export function tooManyFailed({ done, failed }: BackfillState, order: BackfillRequest): boolean {
  const ended = done + failed;
  return ended >= JUDGED_FROM && failed / ended > order.maxFailedShare;
}

export const outcomeOf = ({ windows, done, failed, failures, stale }: BackfillState): BackfillOutcome => ({
  windows,
  done,
  failed,
  failures,
  ...(stale && { stale }),
});

/** @throws RangeError when `width` is no whole number of windows that one backfill may run at once. */
export function checkWidth(width: number): void {
  if (Number.isInteger(width) && width >= 1 && width <= MAX_WIDTH) return;
  throw new RangeError(`width is a whole number from 1 to ${MAX_WIDTH} windows at once, not ${JSON.stringify(width)}`);
}
