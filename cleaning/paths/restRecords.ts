import type { Cleaned } from '../../model/definition/table';
import type { AbsentField } from '../../model/run/absentField';
import type { FoundFields } from '../../model/run/foundFields';
import type { Unread } from '../framing/pathScanner';
import type { Output } from '../output';
import type { RecordReader } from '../recordReader';
import type { Rejection } from '../rejection';
import { FieldWriter } from './fieldWriter';

/** `table` without the column that holds what no other reads. */
export const withoutRest = (table: Cleaned): Cleaned =>
  Object.values(table.columns).some(({ facts }) => facts.rest)
    ? { ...table, columns: Object.fromEntries(Object.entries(table.columns).filter(([, { facts }]) => !facts.rest)) }
    : table;

/** Reads records by another reader, and what that one reads no column of into the column of the rest. */
export class RestRecords implements RecordReader {
  /** By column: its place among those of the records; or how the rest is written. */
  private readonly columns: readonly (number | FieldWriter)[];

  constructor(
    table: Cleaned,
    private readonly records: RecordReader,
  ) {
    let place = 0;
    this.columns = Object.entries(table.columns).map(([name, { facts }]) =>
      facts.rest ? new FieldWriter(name, facts) : place++,
    );
  }

  split(bytes: Buffer, start: number, end: number): Rejection | null {
    return this.records.split(bytes, start, end);
  }

  field(i: number, out: Output): Rejection | null {
    const column = this.columns[i]!;
    return typeof column === 'number' ? this.records.field(column, out) : this.records.rest(column, out);
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

const NOTHING = Buffer.from('{}');

type Members = Map<string, Members | Unread>;

/** What no path reads of a JSON record, as one object: values as they are written, inside objects of the names they were inside of. */
export function restOfJson(bytes: Buffer, unread: readonly Unread[]): Buffer {
  if (unread.length === 0) return NOTHING;
  const root: Members = new Map();
  for (const one of unread) {
    let members = root;
    for (const word of one.node.path) {
      let inside = members.get(word);
      if (!(inside instanceof Map)) members.set(word, (inside = new Map() as Members));
      members = inside;
    }
    // Of a name that comes twice the last counts.
    members.set(one.name, one);
  }
  const parts: Buffer[] = [];
  write(bytes, root, parts);
  return Buffer.concat(parts);
}

function write(bytes: Buffer, members: Members, parts: Buffer[]): void {
  let before = '{';
  for (const [name, value] of members) {
    parts.push(Buffer.from(`${before}${JSON.stringify(name)}:`));
    before = ',';
    if (value instanceof Map) write(bytes, value, parts);
    else parts.push(bytes.subarray(value.start, value.end));
  }
  parts.push(Buffer.from('}'));
}
