import type { Window } from '../time/window';
import type { Sql, TableHole } from './sql';

/** `warn` is recorded; `error` closes the gate; `deadLetter` sets the failing records aside before they become rows. */
export type Severity = 'warn' | 'error' | 'deadLetter';

/** What a single-row check asks of one column, as data, so that the cleaner can ask it of bytes. */
export type RowRule =
  | { readonly kind: 'not_null'; readonly column: string }
  | { readonly kind: 'between'; readonly column: string; readonly min: number; readonly max: number }
  | {
      readonly kind: 'accepted_values';
      readonly column: string;
      readonly values: readonly (string | number | boolean)[];
    };

/** What a gate tells a check about the table it judges: all that a question may need, so that a new kind needs no other gate. */
export interface CheckContext {
  /** The rows of the window at hand; use it in a `from`, with an alias. */
  readonly target: Sql;
  /** The window at hand; WHOLE where there is one for all. */
  readonly window: Window;
  /** How many rows `target` has. */
  readonly rows: number;
  /** How many this table had in this window as last published; null when it never was. */
  readonly formerRows: number | null;
  /** The `n` windows of this table published before this one, newest first, as a `from` item: (window_start timestamptz, rows bigint). */
  trailing(n: number): Sql;
}

/**
 * A question whose answer is the rows that fail. `Needs` is the row the question can be asked of: a check of a
 * column that is not there, or of the wrong type, does not compile in `cleaned` and `curated` (contravariance).
 */
export interface Check<in Needs = never> {
  /** Standard name: not_null, unique, accepted_values, between, references, row_count, expression. */
  readonly name: string;
  /** The question as people read it: `between(delay, -60, 1440)`. */
  readonly label: string;
  readonly severity: Severity;
  /** The failing rows, as a select; whatever columns show best what is wrong. */
  failing(context: CheckContext): Sql;
  /** Tables that the question reads besides its target. */
  readonly reads: readonly TableHole[];
  /** Set on single-row checks only; several where one check judges several columns. */
  readonly rules?: readonly RowRule[];
  /** Same question, recorded only. */
  warn(): GateCheck<Needs>;
  /** Type-level only: what a row must have. */
  readonly needs?: (row: Needs) => void;
}

/** A check that leaves rows where they are; the only kind a curated table may carry. */
export interface GateCheck<in Needs = never> extends Check<Needs> {
  readonly severity: 'warn' | 'error';
}

/** A check that judges single rows, and so may set them aside. */
export interface RowCheck<in Needs> extends GateCheck<Needs> {
  readonly rules: readonly RowRule[];
  warn(): RowCheck<Needs>;
  /** Failing records become dead letters instead of rows. Cleaned tables only. */
  deadLetter(): DeadLetterCheck<Needs>;
}

/** A check whose failing records are set aside; a curated table refuses it, since its rows have no record to keep. */
export interface DeadLetterCheck<in Needs> extends Check<Needs> {
  readonly severity: 'deadLetter';
  readonly rules: readonly RowRule[];
  warn(): RowCheck<Needs>;
}
