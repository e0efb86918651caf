/** Columns that make a row itself: named ones, all of them, or none (a record is its own key by position). */
export type Key =
  | { readonly kind: 'columns'; readonly columns: readonly string[] }
  | { readonly kind: 'everyColumn' }
  | { readonly kind: 'everyRecord' };

export const everyColumn = (): Key => ({ kind: 'everyColumn' });
export const everyRecord = (): Key => ({ kind: 'everyRecord' });

/** What of a cleaned table decides which records are versions of one row. */
interface Keyed {
  readonly key: Key;
  readonly columns: Readonly<Record<string, unknown>>;
  readonly eventTime?: string;
}

/** True when the key holds the event time, so that rows of one key share a window. */
export function keyStaysInWindow(table: Keyed): boolean {
  if (table.key.kind === 'everyColumn') return true;
  return table.key.kind === 'columns' && table.eventTime !== undefined && table.key.columns.includes(table.eventTime);
}

/** The columns that decide which records are versions of one row; none for `everyRecord()`. */
export function keyColumns(table: Keyed): readonly string[] {
  if (table.key.kind === 'everyColumn') return Object.keys(table.columns);
  return table.key.kind === 'columns' ? table.key.columns : [];
}
