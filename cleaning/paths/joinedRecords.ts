import { Column } from '../../model/definition/column';
import type { Format } from '../../model/definition/source';
import type { Cleaned } from '../../model/definition/table';
import type { AbsentField } from '../../model/run/absentField';
import type { FoundFields } from '../../model/run/foundFields';
import type { CsvForm } from '../framing/csvForm';
import { PLAIN_CSV } from '../framing/csvForm';
import type { Output } from '../output';
import type { RecordReader } from '../recordReader';
import type { Rejection } from '../rejection';
import { FieldWriter } from './fieldWriter';

const SPACE = 32;

/**
 * `table` with a column of text for each field that is joined with others, in the place of the column that they make; the same table where
 * no column is made so.
 */
export function withFieldsApart(table: Cleaned, format: Format): Cleaned {
  const columns = Object.entries(table.columns);
  if (columns.every(([, { facts }]) => facts.fields === undefined)) return table;
  // A number of JSON is text here.
  const asIs = format === 'ndjson' ? { parser: 'as-is', parse: (text: string | null) => text } : {};
  const apart = columns.flatMap(([name, column]) =>
    column.facts.fields === undefined
      ? [[name, column] as const]
      : column.facts.fields.map(
          (from, i) =>
            [partOf(name, i), new Column<'text', true>({ type: 'text', nullable: true, from, ...asIs })] as const,
        ),
  );
  return { ...table, columns: Object.fromEntries(apart) };
}

// No column of a definition is called so.
const partOf = (column: string, i: number): string => `${column} ${i}`;

/** Reads columns that are made of several fields: their texts without spaces around them, joined by one space; nothing where one of them is nothing. */
export class JoinedRecords implements RecordReader {
  /** By column: its place among those of the fields; or the places of its fields, and how it is written. */
  private readonly columns: readonly (number | { readonly parts: readonly number[]; readonly writer: FieldWriter })[];
  private joined = Buffer.alloc(256);

  /** @param records reads `withFieldsApart(table)` */
  constructor(
    private readonly table: Cleaned,
    private readonly records: RecordReader,
    form: CsvForm = PLAIN_CSV,
  ) {
    let place = 0;
    // What is joined is UTF-8 by then; numbers in it are written as before.
    const written = { ...form, characters: PLAIN_CSV.characters };
    this.columns = Object.entries(table.columns).map(([name, { facts }]) =>
      facts.fields === undefined
        ? place++
        : { parts: facts.fields.map(() => place++), writer: new FieldWriter(name, facts, written) },
    );
  }

  split(bytes: Buffer, start: number, end: number): Rejection | null {
    return this.records.split(bytes, start, end);
  }

  field(i: number, out: Output): Rejection | null {
    const column = this.columns[i]!;
    if (typeof column === 'number') return this.records.field(column, out);
    const { parts, writer } = column;
    let length = 0;
    for (let p = 0; p < parts.length; p++) {
      const at = out.at;
      const fault = this.records.field(parts[p]!, out);
      if (fault) return { ...fault, column: writer.name };
      // As it was written, with its length before it: -1 where there is nothing.
      let [start, end] = [at + 4, out.at];
      out.at = at;
      while (start < end && out.bytes[start] === SPACE) start++;
      while (end > start && out.bytes[end - 1] === SPACE) end--;
      if (start === end) return writer.absent(out);
      this.room(length + end - start + 1);
      if (p > 0) this.joined[length++] = SPACE;
      length += out.bytes.copy(this.joined, length, start, end);
    }
    out.room(length * 2 + 32);
    return writer.bytes(this.joined, 0, length, out);
  }

  absent(): readonly AbsentField[] {
    const names = Object.entries(this.table.columns).flatMap(([name, { facts }]) =>
      facts.fields === undefined ? [[name, name]] : facts.fields.map((_, i) => [partOf(name, i), name]),
    );
    const owner = new Map(names as [string, string][]);
    return this.records.absent().map(({ column, field }) => ({ column: owner.get(column)!, field }));
  }

  rest(writer: FieldWriter, out: Output): Rejection | null {
    return this.records.rest(writer, out);
  }

  takeFields(): FoundFields {
    return this.records.takeFields();
  }

  private room(length: number): void {
    if (length <= this.joined.length) return;
    const larger = Buffer.allocUnsafe(length * 2);
    this.joined.copy(larger);
    this.joined = larger;
  }
}
