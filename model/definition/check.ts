import type { Duration } from '../time/time';
import type { ConditionNode } from '../rules/node';
import type { Window } from '../time/window';
import type { Share } from './deadLetters';
import type { Sql, TableHole } from './sql';

/** `warn` is recorded; `error` closes the gate; `deadLetter` sets the failing records aside before they become rows. */
export type Severity = 'warn' | 'error' | 'deadLetter';

/** What a single-row check asks of a record, as data, so that the cleaner can ask it of bytes. */
export type RowRule =
  | { readonly kind: 'not_null'; readonly column: string }
  | { readonly kind: 'between'; readonly column: string; readonly min: number | string; readonly max: number | string }
  | {
      readonly kind: 'accepted_values';
      readonly column: string;
      readonly values: readonly (string | number | boolean)[];
    }
  /** Of several columns; `column` is the first of them. */
  | {
      readonly kind: 'expect';
      readonly column: string;
      readonly columns: readonly string[];
      readonly condition: ConditionNode;
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
  /**
   * What a check compares its window with: windows before it by their present cleaned rows, whatever became of them at their gates.
   * A `from` item: (window_start timestamptz, value numeric, known bigint). `value` is `measure`, an aggregate over rows called `t`;
   * `known` is how many windows within `over` raw holds. Windows of the same weekday and hour where at least four are known, else all;
   * none for a table without windows.
   */
  baseline(over: Duration, measure: Sql): Sql;
}

/** So many may break a check before it fails: a share of the window's rows, or a number of rows. */
export type Tolerance = Share | number;

/** How far before its window a check reads, and how many windows raw must hold there for a verdict. */
export interface Baseline {
  readonly over: Duration;
  readonly min: number;
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
  /**
   * Where each row is judged by itself: the condition that is true of a failing row, over rows called `t`. Those of a table are counted in
   * one scan; `failing`, which answers the same rows, is then asked for examples alone.
   */
  readonly breaks?: Sql;
  /** Fails only when more than this break it; unset: when any does. */
  readonly tolerates?: Tolerance;
  /** Set where the question reads windows before its own: backfills then land and clean all of their range first. */
  readonly baseline?: Baseline;
  /** What it saw of the window as a whole, whether it holds or not: `39 rows, at least 100`. Counts alone, no values of rows: it crosses Temporal. */
  saw?(context: CheckContext): string;
  /** What is to be said of an answer that is no failure: a select of at most one text. */
  note?(context: CheckContext): Sql;
  /** Same question, recorded only. */
  warn(): Check<Needs>;
  /** Type-level only: what a row must have. */
  readonly needs?: (row: Needs) => void;
}

/** A check that leaves rows where they are; the only kind a curated table may carry. */
export interface GateCheck<in Needs = never> extends Check<Needs> {
  readonly severity: 'warn' | 'error';
  warn(): GateCheck<Needs>;
  /** Same question, which fails only when more than `tolerance` break it: `'1 %'` of the window's rows, or `100` of them. */
  above(tolerance: Tolerance): GateCheck<Needs>;
}

/** A check against the windows before. For cleaned tables: a curated window that is held leaves no rows to compare with. */
export interface BaselineCheck<in Needs = never> extends Check<Needs> {
  readonly severity: 'warn' | 'error';
  readonly baseline: Baseline;
  warn(): BaselineCheck<Needs>;
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
