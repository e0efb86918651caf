import type { CompiledPipeline } from '../compile/compile';
import type { Window } from '../time/window';
import type { PipelineFacts } from './pipelineFacts';

/** Which windows of a range a backfill runs; `owed`: missing, failed, held or stale. */
export type WindowSelection = 'all' | 'owed' | 'missing' | 'failed' | 'stale';

/** What a backfill is asked to do. */
export interface BackfillRequest {
  readonly plan: CompiledPipeline;
  readonly range: Window;
  readonly which: WindowSelection;
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

/** What a tick is to run. */
export interface DueWindows {
  readonly plan: CompiledPipeline;
  /** The newest run when it was asked: a window published by a later one is not owed any more. */
  readonly epoch: number;
  readonly windows: readonly Window[];
  /** For people who look at the runs it starts; histories of versions before have none. */
  readonly facts?: PipelineFacts;
}

/** Windows of a backfill's range that are stale: what they were made from changed since they were published. */
export interface StaleWindows {
  readonly windows: number;
  /** Of those, how many were published by this backfill or since it began. */
  readonly again: number;
  /** The first few by name, for people. */
  readonly first: readonly string[];
}

/** How a backfill ended. */
export interface BackfillOutcome {
  readonly windows: number;
  readonly done: number;
  readonly failed: number;
  /** The first few failures, for people. */
  readonly failures: readonly { readonly window: string; readonly error: string }[];
  /** What is stale at its end; backfills begun by versions before did not ask. */
  readonly stale?: StaleWindows;
}
