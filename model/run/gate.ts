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
