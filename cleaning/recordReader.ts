import type { Output } from './output';
import type { Rejection } from './rejection';

/** Reads records of one format: first where a record's fields lie, then any of them, by its place among the columns. */
export interface RecordReader {
  split(bytes: Buffer, start: number, end: number): Rejection | null;
  field(column: number, out: Output): Rejection | null;
}
