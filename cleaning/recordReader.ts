import type { AbsentField } from '../model/run/absentField';
import type { FoundFields } from '../model/run/foundFields';
import type { FieldWriter } from './paths/fieldWriter';
import type { Output } from './output';
import type { Rejection } from './rejection';

/** Reads records of one format: first where a record's fields lie, then any of them, by its place among the columns. */
export interface RecordReader {
  split(bytes: Buffer, start: number, end: number): Rejection | null;
  field(column: number, out: Output): Rejection | null;
  /** Columns whose field none of the records had. Of a CSV file the header says it; where no record could be read, nobody knows. */
  absent(): readonly AbsentField[];
  /** Of the record at hand every field that no column reads, written as one object. */
  rest(writer: FieldWriter, out: Output): Rejection | null;
  /** What the records had since the last call. */
  takeFields(): FoundFields;
}
