import type { Instant } from '../time/time';
import type { Window } from '../time/window';
import type { BackfillRequest, DueWindows, StaleWindows, WindowPage } from './backfill';
import type { Claim, StepCall } from './claim';
import type { Gate } from './gate';
import type { Ingested, Outcome, RunEnd } from './outcome';
import type { RunRequest } from './request';

/**
 * The steps of a run, declared once: activities implement them, workflows call them through one table of proxies, tests run the
 * workflow's own flow over them without Temporal. Each but `claim` writes under the fence, and takes what it needs beside the claim
 * as one object of JSON.
 */
export interface Steps {
  /** Takes the window: a larger run number than any before. */
  claim(request: RunRequest): Promise<Claim>;
  /** What the source has for the window: landed and cleaned, once. */
  ingest(claim: Claim): Promise<Ingested>;
  /** Computes `table` for the window into its stage (a cleaned table is there already) and asks its checks. */
  refresh(claim: Claim, more: { readonly table: string }): Promise<Gate>;
  /** Keeps the window back: readers keep the former one. */
  hold(claim: Claim, more: { readonly gate: Gate }): Promise<Outcome>;
  /** One transaction: differences into curated and published tables, ledger, fence. */
  publish(claim: Claim): Promise<Outcome>;
  /** Closes the run as failed or cancelled; the window goes back to what readers see. */
  close(claim: Claim, ended: RunEnd): Promise<void>;
}

/** What a backfill asks of the ledger, beside the steps of its windows. */
export interface BackfillSteps {
  /** Registers the backfill in the ledger. */
  openBackfill(request: BackfillRequest): Promise<{ epoch: number; windows: number }>;
  /** At most `limit` windows that still owe a run, from `after` on. */
  pageBackfill(call: {
    readonly order: BackfillRequest;
    readonly epoch: number;
    readonly after: string | null;
    readonly limit: number;
    /** Only windows that were published since the backfill began and are stale again. */
    readonly again?: true;
  }): Promise<WindowPage>;
  /** What of the range is stale now. */
  staleWindows(call: { readonly order: BackfillRequest; readonly epoch: number }): Promise<StaleWindows>;
  /** Waits for another run of this window to end; true when the window still owes a run for this backfill. */
  owedWindow(call: {
    readonly order: BackfillRequest;
    readonly epoch: number;
    readonly window: Window;
  }): Promise<boolean>;
  /** Closes the backfill in the ledger. */
  finishBackfill(call: {
    readonly epoch: number;
    readonly state: 'published' | 'failed' | 'cancelled';
    readonly done: number;
    readonly failed: number;
    readonly error?: string;
  }): Promise<void>;
}

/** What a tick asks. */
export interface TickSteps {
  /** What is due at a schedule's nominal time. */
  dueWindows(call: { readonly pipeline: string; readonly nominal: Instant }): Promise<DueWindows>;
}

type FencedStep = Exclude<keyof Steps, 'claim'>;
type More<K extends FencedStep> = Parameters<Steps[K]>[1] extends object ? Parameters<Steps[K]>[1] : unknown;

/** The activities as they cross Temporal: one argument, plain JSON. The names are stored in histories. */
export type Activities = Pick<Steps, 'claim'> & {
  [K in FencedStep]: (call: StepCall & More<K>) => ReturnType<Steps[K]>;
} & BackfillSteps &
  TickSteps;

/** Calls one activity by its name. */
export type CallActivity = <K extends keyof Activities>(
  name: K,
  input: Parameters<Activities[K]>[0],
) => ReturnType<Activities[K]>;

/** The steps of one run over a way to call activities; numbers the fenced ones from 1, in the order in which they are called. */
export function stepsOver(call: CallActivity): Steps {
  let step = 0;
  return {
    claim: (request) => call('claim', request),
    ingest: (claim) => call('ingest', { claim, step: ++step }),
    refresh: (claim, more) => call('refresh', { claim, step: ++step, ...more }),
    hold: (claim, more) => call('hold', { claim, step: ++step, ...more }),
    publish: (claim) => call('publish', { claim, step: ++step }),
    close: (claim, ended) => call('close', { claim, step: ++step, ...ended }),
  };
}
