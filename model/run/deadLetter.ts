/** A record that did not become a row: why, the field and value at fault, and its bytes. */
export interface DeadLetter {
  /** Number of the record in its delivery, from 0. */
  readonly record: number;
  /** Start of the window the record would be in, where its event time could be read; `-infinity` for whole tables. */
  readonly windowStart: string | null;
  /** The column at fault; null when the record as a whole is (`reason` says how). */
  readonly column: string | null;
  /** Short standard words first: `not an integer`, `null in a column that is not nullable`, `between(delay, -60, 1440)`. */
  readonly reason: string;
  /** The value as text, cut at 1,000 characters, bad UTF-8 shown as U+FFFD, NUL as U+2400; null when there is none. */
  readonly value: string | null;
  /** The record's bytes, verbatim, without its line end. */
  readonly bytes: Buffer;
}

/** Records of one segment and window: rows made, with the order-free sums of their hashes (cleaning/rowHash.ts), and dead letters. */
export interface WindowCount {
  rows: number;
  dead: number;
  low: number;
  high: number;
}
