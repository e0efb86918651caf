import type { PathValues } from '../../model/definition/paths/pathPattern';
import type { Cleaned } from '../../model/definition/table';
import type { AbsentField } from '../../model/run/absentField';
import type { FoundFields } from '../../model/run/foundFields';
import type { Output } from '../output';
import type { RecordReader } from '../recordReader';
import type { Rejection } from '../rejection';
import { FieldWriter } from './fieldWriter';

/** `table` without the columns that read the path of an origin: what a record's own fields are read into. */
export const withoutPathColumns = (table: Cleaned): Cleaned =>
  Object.values(table.columns).some(({ facts }) => facts.path !== undefined)
    ? {
        ...table,
        columns: Object.fromEntries(Object.entries(table.columns).filter(([, { facts }]) => facts.path === undefined)),
      }
    : table;

/** Reads records by another reader, and the columns of the path as if each record had their values written in it. */
export class PathRecords implements RecordReader {
  /** By column: its place among those of the records; or, of the path, its bytes (null where the path has none) and how they are written. */
  private readonly columns: readonly (number | { readonly writer: FieldWriter; readonly bytes: Buffer | null })[];

  constructor(
    table: Cleaned,
    path: PathValues,
    private readonly records: RecordReader,
  ) {
    let place = 0;
    this.columns = Object.entries(table.columns).map(([name, { facts }]) => {
      if (facts.path === undefined) return place++;
      const text = path[facts.path];
      return { writer: new FieldWriter(name, facts), bytes: text === undefined ? null : Buffer.from(text) };
    });
  }

  split(bytes: Buffer, start: number, end: number): Rejection | null {
    return this.records.split(bytes, start, end);
  }

  field(i: number, out: Output): Rejection | null {
    const column = this.columns[i]!;
    if (typeof column === 'number') return this.records.field(column, out);
    const { writer, bytes } = column;
    if (bytes === null) return writer.absent(out);
    // The room of a row is reckoned by its record, which these bytes are not in.
    out.room(bytes.length * 4 + 32);
    return writer.bytes(bytes, 0, bytes.length, out);
  }

  absent(): readonly AbsentField[] {
    return this.records.absent();
  }

  rest(writer: FieldWriter, out: Output): Rejection | null {
    return this.records.rest(writer, out);
  }

  takeFields(): FoundFields {
    return this.records.takeFields();
  }
}
