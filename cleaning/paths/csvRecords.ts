import { distance } from 'fastest-levenshtein';
import type { Cleaned } from '../../model/definition/table';
import { ContractBroken } from '../../model/run/errors';
import { CsvFields } from '../framing/csvFields';
import type { Output } from '../output';
import type { RecordReader } from '../recordReader';
import type { Rejection } from '../rejection';
import { shownBytes } from '../rejection';
import type { FieldWriter } from './fieldWriter';

/** Reads CSV records: a field by its place in the header. @throws ContractBroken when the header is not what the contract says. */
export class CsvRecords implements RecordReader {
  private readonly fields = new CsvFields();
  private bytes: Buffer = Buffer.alloc(0);
  private readonly places: readonly number[];

  constructor(
    table: Cleaned,
    private readonly header: readonly string[],
    private readonly writers: readonly FieldWriter[],
  ) {
    const wanted = Object.entries(table.columns).map(([name, { facts }]) => facts.from ?? name);
    assertHeader(table, wanted, header);
    this.places = wanted.map((field) => header.indexOf(field));
  }

  split(bytes: Buffer, start: number, end: number): Rejection | null {
    this.bytes = bytes;
    if (!this.fields.split(bytes, start, end))
      return { column: null, reason: 'malformed quoting', value: shownBytes(bytes, start, end) };
    if (this.fields.count === this.header.length) return null;
    return {
      column: null,
      reason: `${this.fields.count} fields instead of ${this.header.length}`,
      value: shownBytes(bytes, start, end),
    };
  }

  field(i: number, out: Output): Rejection | null {
    const { fields } = this;
    const writer = this.writers[i]!;
    const place = this.places[i]!;
    const start = fields.start[place]!;
    const end = fields.end[place]!;
    if (!fields.anyQuoted) return start === end ? writer.absent(out) : writer.bytes(this.bytes, start, end, out);
    if (start === end && !(fields.quoted[place] && writer.keepsEmpty)) return writer.absent(out);
    return writer.bytes(fields.unescaped[place] ?? this.bytes, start, end, out);
  }
}

function assertHeader(table: Cleaned, wanted: readonly string[], header: readonly string[]): void {
  const missing = wanted.filter((field) => !header.includes(field));
  const extra = table.extraFields === 'error' ? header.filter((field) => !wanted.includes(field)) : [];
  if (missing.length === 0 && extra.length === 0) return;
  const said = [
    ...missing.map((field) => {
      const near = header
        .filter((other) => !wanted.includes(other))
        .sort((a, b) => distance(a, field) - distance(b, field))[0];
      return `${JSON.stringify(field)} is missing${near ? ` (is it ${JSON.stringify(near)} now?)` : ''}`;
    }),
    ...extra.map((field) => `${JSON.stringify(field)} is not in the contract`),
  ];
  throw new ContractBroken(`the columns of the file are not those of ${table.tableName}: ${said.join('; ')}`, {
    next: "fix the file at its source, or the definition: .from(…) renames, a new column() takes it in, extraFields: 'ignore' leaves it out",
    stillTrue: 'the file is landed in raw, nothing of it was cleaned, and what is published is untouched',
  });
}
