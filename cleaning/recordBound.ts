import { isWithin, pathsOf } from '../model/definition/reading/fieldPath';
import type { Cleaned } from '../model/definition/table';
import type { Framing } from './framing/framing';

/** A row of PostgreSQL holds less than 1 GB. */
const ROW_BYTES = 512 * 1024 * 1024;

/** How many columns of `table` read one byte, at most: a field, or an object around it. */
export function mostReaders(table: Cleaned): number {
  const paths = pathsOf(table.columns);
  // Who reads an object reads what lies inside it too.
  return Math.max(1, ...paths.map((path) => paths.filter((outer) => isWithin(path, outer)).length));
}

/** Of how many bytes a record may be: as many as framing allows, and fewer where so many columns read one field that a row would not hold them. */
export const recordBound = (framing: Framing, table: Cleaned): number =>
  Math.min(framing.maxRecordBytes, Math.floor(ROW_BYTES / mostReaders(table)));
