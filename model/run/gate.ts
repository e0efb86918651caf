import type { Check } from '../definition/check';
import { fractionOf } from '../definition/deadLetters';

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
  /** What a check of the whole window saw, in words: `39 rows, at least 100`. */
  readonly saw?: string;
  /** Up to three failing rows as text, for people; cut at 200 characters each. Empty in what crosses Temporal: rows stay in the ledger. */
  readonly sample: readonly string[];
}

/** `gate` as it may cross Temporal: counts and names, no row. */
export const withoutRows = <G extends Gate>(gate: G): G => ({
  ...gate,
  failed: gate.failed.map((check) => ({ ...check, sample: [] })),
});

/** True where `failing` of a window's `rows` are no more than the check lets be; any are too many where it says nothing. */
export function isTolerated({ tolerates = 0 }: Pick<Check, 'tolerates'>, failing: number, rows: number): boolean {
  // Divided, not multiplied: 29 of 100 are 29 %, and 0.29 * 100 is less than 29.
  return (
    failing === 0 || (typeof tolerates === 'number' ? failing <= tolerates : failing / rows <= fractionOf(tolerates))
  );
}
