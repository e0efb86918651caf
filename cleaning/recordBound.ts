import type { Cleaned } from '../model/definition/table';
import type { Framing } from './framing/framing';

/** A row of PostgreSQL holds less than 1 GB. */
const ROW_BYTES = 512 * 1024 * 1024;

/** How many columns of `table` read one field, at most. */
export function mostReaders(table: Cleaned): number {
  const readers = new Map<string, number>();
  for (const [name, { facts }] of Object.entries(table.columns)) {
    for (const field of facts.fields ?? [facts.from ?? name]) readers.set(field, (readers.get(field) ?? 0) + 1);
  }
  return [...readers.values()].reduce((most, count) => Math.max(most, count), 1);
}

/** Of how many bytes a record may be: as many as framing allows, and fewer where so many columns read one field that a row would not hold them. */
export const recordBound = (framing: Framing, table: Cleaned): number =>
  Math.min(framing.maxRecordBytes, Math.floor(ROW_BYTES / mostReaders(table)));
