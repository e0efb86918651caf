/** Why a record did not become a row. */
export interface Rejection {
  /** The column at fault; null when it is the record as a whole. */
  readonly column: string | null;
  readonly reason: string;
  readonly value: string | null;
}

const SHOWN = 1_000;
const lenient = new TextDecoder('utf-8');

/** Bytes as people can read them: bad UTF-8 as U+FFFD, NUL as U+2400, cut at 1,000 characters. */
export function shownBytes(bytes: Buffer, start: number, end: number): string {
  return shownText(lenient.decode(bytes.subarray(start, Math.min(end, start + SHOWN * 4))));
}

export const shownText = (text: string): string => text.replaceAll('\0', '\u2400').slice(0, SHOWN);

export const OUTSIDE_REASON = 'outside the history';

export const NULL_REASON = 'null in a column that is not nullable';
