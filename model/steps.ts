import type { Plan } from './plan';
import type { Instant } from './time';
import type { Window } from './window';

/** Why a run happens. */
export type RunKind = 'schedule' | 'run' | 'backfill' | 'rerun' | 'repair';

/** What a run is asked to do. */
export interface Order {
  readonly plan: Plan;
  readonly window: Window;
  readonly kind: RunKind;
}

/** The right to write one window (or, for a backfill's shared deliveries, to ingest a range), until a newer claim comes. */
export interface Claim {
  readonly order: Order;
  /** The fence: larger for each run. */
  readonly epoch: number;
}

/** What ingesting did: counts of this step alone, zero where the work was done before. */
export interface Ingested {
  readonly deliveries: number;
  readonly landedRecords: number;
  readonly rows: number;
  readonly deadLetters: number;
}

/** All checks of a table in one run; `failed` lists those that found rows, closed by the `error` ones. */
export interface Gate {
  readonly table: string;
  readonly closed: boolean;
  readonly rows: number;
  readonly checks: number;
  readonly failed: readonly FailedCheck[];
}

export interface FailedCheck {
  readonly check: string;
  readonly severity: 'warn' | 'error';
  readonly rows: number;
  /** Up to three failing rows as text, for people; cut at 200 characters each. */
  readonly sample: readonly string[];
}

/** How a run ended, in numbers. */
export interface Outcome {
  readonly pipeline: string;
  readonly window: string;
  readonly state: 'published' | 'held';
  readonly rows: number;
  /** Rows that the publish had to write; 0 when nothing changed. */
  readonly written: number;
  readonly digest: string;
  readonly gate?: Gate;
}

/** The steps of a run: activities implement them, workflows call them through one table of proxies, tests implement them inline. */
export interface Steps {
  /** Takes the window: a larger epoch than any before. */
  claim(order: Order): Promise<Claim>;
  /** What the source has for the window: landed and cleaned, once. */
  ingest(claim: Claim): Promise<Ingested>;
  /** Computes `table` for the window into its stage (a cleaned table is there already) and asks its checks. */
  refresh(claim: Claim, table: string): Promise<Gate>;
  /** Keeps the window back: readers keep the former one. */
  hold(claim: Claim, gate: Gate): Promise<Outcome>;
  /** One transaction: differences into curated and published tables, ledger, fence. */
  publish(claim: Claim): Promise<Outcome>;
  /** Closes the run as failed or cancelled; the window goes back to what readers see. */
  close(claim: Claim, ended: { readonly state: 'failed' | 'cancelled'; readonly error: string }): Promise<void>;
}

/** Which windows of a range a backfill runs; `owed`: missing, failed, held or stale. */
export type Which = 'all' | 'owed' | 'missing' | 'failed' | 'stale';

/** What a backfill is asked to do. */
export interface BackfillOrder {
  readonly plan: Plan;
  readonly range: Window;
  readonly which: Which;
  readonly kind: 'backfill' | 'rerun';
  readonly newestFirst: boolean;
  /** Windows at once. */
  readonly width: number;
  /** The share of failed windows (0..1) above which the backfill stops, judged from the 20th window on. */
  readonly maxFailedShare: number;
}

/** One page of a backfill's windows, as spans of consecutive windows so that thousands stay small. */
export interface WindowPage {
  readonly spans: readonly Window[];
  readonly windows: number;
  /** Where the next page begins; null at the end. */
  readonly next: string | null;
}

/** What a backfill needs beside the steps of its windows. */
export interface BackfillSteps {
  /** Registers the backfill in the ledger and claims it. */
  open(order: BackfillOrder): Promise<{ epoch: number; windows: number }>;
  /** Lands and cleans what the range shares. */
  ingest(claim: Claim): Promise<Ingested>;
  /** At most `limit` windows that still owe a run, from `after` on. */
  page(order: BackfillOrder, epoch: number, after: string | null, limit: number): Promise<WindowPage>;
  /** Waits for another run of this window to end; true when the window still owes a run for this backfill. */
  owed(order: BackfillOrder, epoch: number, window: Window): Promise<boolean>;
  /** Closes the backfill in the ledger. */
  finish(
    epoch: number,
    ended: { state: 'published' | 'failed' | 'cancelled'; done: number; failed: number; error?: string },
  ): Promise<void>;
}

/** What a tick is to run. */
export interface DueWindows {
  readonly plan: Plan;
  /** The newest run when it was asked: a window published by a later one is not owed any more. */
  readonly epoch: number;
  readonly windows: readonly Window[];
}

/** What a tick needs beside the steps of its windows. */
export interface TickSteps {
  due(call: { readonly pipeline: string; readonly nominal: Instant }): Promise<DueWindows>;
  owed(due: DueWindows, window: Window): Promise<boolean>;
}

/** How a backfill ended. */
export interface BackfillOutcome {
  readonly windows: number;
  readonly done: number;
  readonly failed: number;
  /** The first few failures, for people. */
  readonly failures: readonly { readonly window: string; readonly error: string }[];
}

/** What every fenced activity is called with: `step` numbers the writing steps of a run from 1. */
export interface StepCall {
  readonly claim: Claim;
  readonly step: number;
}

/** The activities as they cross Temporal: one argument, plain JSON. */
export interface Activities {
  claim(order: Order): Promise<Claim>;
  ingest(call: StepCall): Promise<Ingested>;
  refresh(call: StepCall & { readonly table: string }): Promise<Gate>;
  hold(call: StepCall & { readonly gate: Gate }): Promise<Outcome>;
  publish(call: StepCall): Promise<Outcome>;
  close(call: StepCall & { readonly state: 'failed' | 'cancelled'; readonly error: string }): Promise<void>;
  openBackfill(order: BackfillOrder): Promise<{ epoch: number; windows: number }>;
  pageBackfill(call: {
    readonly order: BackfillOrder;
    readonly epoch: number;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<WindowPage>;
  owedWindow(call: {
    readonly order: BackfillOrder;
    readonly epoch: number;
    readonly window: Window;
  }): Promise<boolean>;
  dueWindows(call: { readonly pipeline: string; readonly nominal: Instant }): Promise<DueWindows>;
  finishBackfill(call: {
    readonly epoch: number;
    readonly state: 'published' | 'failed' | 'cancelled';
    readonly done: number;
    readonly failed: number;
    readonly error?: string;
  }): Promise<void>;
}

/** Task queues: workflows on one, activities on two, so that a backfill cannot starve live work. */
export const QUEUES = { workflows: 'weir', fresh: 'weir-fresh', backfill: 'weir-backfill' } as const;

/** Canonical workflow ids are paths; the id of a window is the mutual exclusion between all who would run it. */
export const workflowIds = {
  window: (pipeline: string, window: string): string => `${pipeline}/${window}`,
  backfill: (pipeline: string, range: string): string => `${pipeline}/backfill/${range}`,
  /** Of the schedule, and of what it starts (with the nominal time behind it). */
  tick: (pipeline: string): string => `${pipeline}/tick`,
};
