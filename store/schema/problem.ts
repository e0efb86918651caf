/** Something in a definition that PostgreSQL, or what is there already, does not take. */
export interface Problem {
  readonly pipeline: string;
  readonly table: string;
  /** The column at fault, where it is one. */
  readonly column?: string;
  readonly what: string;
  /** The line of SQL that PostgreSQL points at, where it does. */
  readonly line?: string;
  readonly next: string;
}
