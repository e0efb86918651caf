import { keyColumns, keyStaysInWindow } from '../model/definition/key';
import type { Cleaned } from '../model/definition/table';

/** PostgreSQL's index holds 2,704 bytes of one key; other columns of the key need some of them. */
const KEY_BYTES = 2_000;

export const LONG_KEY = `a key longer than ${KEY_BYTES} bytes`;

/** Columns of `table` that are of any length and in an index, since they are its key and may move between windows. */
export function indexedTexts(table: Cleaned): readonly string[] {
  if (table.key.kind !== 'columns' || keyStaysInWindow(table)) return [];
  return keyColumns(table).filter((name) => ['text', 'json'].includes(table.columns[name]!.facts.type));
}

/** True when the texts of a key, of these lengths in bytes, are more than an index holds. */
export const isLongKey = (bytes: readonly number[]): boolean => bytes.reduce((sum, one) => sum + one, 0) > KEY_BYTES;
