import type { FieldPath } from '../model/definition/reading/fieldPath';
import { pathText } from '../model/definition/reading/fieldPath';
import type { Characters } from './framing/characters';

/** Why a record did not become a row. */
export interface Rejection {
  /** The column at fault; null when it is the record as a whole. */
  readonly column: string | null;
  readonly reason: string;
  readonly value: string | null;
  /** Set where the record's fields can be read all the same. */
  readonly readable?: true;
}

/** Of a record that has a field which no column reads. */
export const notInContract = (path: FieldPath): string => `field ${shownText(pathText(path))} is not in the contract`;

const SHOWN = 1_000;
const lenient = new TextDecoder('utf-8');

/** Bytes as people can read them: bad UTF-8 as U+FFFD, NUL as U+2400, cut at 1,000 characters. */
export function shownBytes(bytes: Buffer, start: number, end: number): string {
  return shownText(lenient.decode(bytes.subarray(start, Math.min(end, start + SHOWN * 4))));
}

/** The same of bytes in another encoding. */
export const shownIn = (characters: Characters, bytes: Buffer, start: number, end: number): string =>
  shownText(characters.shown(bytes, start, Math.min(end, start + SHOWN * 4)));

export const shownText = (text: string): string => text.slice(0, SHOWN).replaceAll('\0', '\u2400');

export const OUTSIDE_REASON = 'outside the history';

/** The reason of nothing where there must be something; a path says where nothing was. */
export const nullReason = (path: FieldPath): string =>
  path.length === 1
    ? 'null in a column that is not nullable'
    : `null in a column that is not nullable (${pathText(path)})`;

/** Of a longer record these first bytes are kept with its dead letter; raw holds all of them. */
export const KEPT_BYTES = 1024 * 1024;

/** The reason of a dead letter of a record of `bytes`: a long one says how long it is, and what of it is kept. */
export const recordReason = (reason: string, bytes: number): string =>
  bytes <= KEPT_BYTES ? reason : `${reason} (a record of ${bytes} bytes, the first ${KEPT_BYTES} are kept)`;

/** The reason of a record that is not read at all. How long it is nobody knows before its end. */
export const tooLong = (maxRecordBytes: number): string =>
  `a record longer than ${maxRecordBytes} bytes (the first ${KEPT_BYTES} are kept)`;

/** The reasons of all rules that a record breaks. */
export const brokenRules = (labels: readonly string[]): string => [...new Set(labels)].join('; ');

/** What a column's parse gave, when that is neither text nor null. */
export const notText = (value: unknown): string => `parse: gave ${typeof value}, not text or null`;
