import type { ColumnType } from '../model/definition/column';
import { shownBytes } from './rejection';

/** The value of a field as it was written, [start, end) with its length in the first four bytes, for people: numbers as numbers, the rest as text. */
export function writtenValue(type: ColumnType, bytes: Buffer, start: number, end: number): string | null {
  const at = start + 4;
  if (bytes.readInt32BE(start) === -1) return null;
  if (type === 'integer') return String(bytes.readInt32BE(at));
  if (type === 'bigint') return String(bytes.readBigInt64BE(at));
  if (type === 'float') return String(bytes.readDoubleBE(at));
  if (type === 'boolean') return String(bytes[at] === 1);
  return shownBytes(bytes, at, end);
}
