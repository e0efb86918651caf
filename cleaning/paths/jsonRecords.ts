import type { ColumnType } from '../../model/definition/column';
import { pathText, pathsOf } from '../../model/definition/reading/fieldPath';
import type { Cleaned } from '../../model/definition/table';
import type { AbsentField } from '../../model/run/absentField';
import type { FoundFields } from '../../model/run/foundFields';
import { PathScanner } from '../framing/pathScanner';
import type { Output } from '../output';
import type { RecordReader } from '../recordReader';
import type { Rejection } from '../rejection';
import { notInContract, shownBytes } from '../rejection';
import type { FieldWriter } from './fieldWriter';
import { FoundInJson } from './foundInJson';
import { restOfJson } from './restRecords';

/** Reads NDJSON records: one pass finds where each value lies, so that numbers beyond 2^53 are read from their digits. */
export class JsonRecords implements RecordReader {
  private readonly scanner: PathScanner;
  private readonly types: readonly ColumnType[];
  /** Which of the paths each column reads: several may read one. */
  private readonly places: readonly number[];
  private readonly names: readonly string[];
  private readonly fields: readonly string[];
  /** Places of the fields that no record had so far: soon none, and then nothing is asked. */
  private unseen: number[];
  private anyRead = false;
  private readonly found: FoundInJson | null;
  private newlySeen: string[] = [];
  private bytes: Buffer = Buffer.alloc(0);

  constructor(
    private readonly table: Cleaned,
    private readonly writers: readonly FieldWriter[],
  ) {
    const columns = Object.entries(table.columns);
    this.types = columns.map(([, { facts }]) => facts.type);
    const wanted = pathsOf(table.columns);
    const paths = [...new Map(wanted.map((path) => [JSON.stringify(path), path])).values()];
    // Of two paths the texts may be one, where words have dots.
    const places = new Map(paths.map((path, place) => [JSON.stringify(path), place]));
    this.names = columns.map(([name]) => name);
    this.fields = paths.map(pathText);
    this.places = wanted.map((path) => places.get(JSON.stringify(path))!);
    this.unseen = paths.map((_, place) => place);
    this.found = table.newField === 'ignore' ? null : new FoundInJson();
    this.scanner = new PathScanner(paths, this.found !== null);
  }

  split(bytes: Buffer, start: number, end: number): Rejection | null {
    this.bytes = bytes;
    const fault = this.scanner.scan(bytes, start, end);
    if (fault) return { column: null, reason: fault, value: shownBytes(bytes, start, end) };
    if (this.unseen.length > 0) this.see();
    const { extra, unread } = this.scanner;
    if (this.found === null || extra === null) return null;
    this.found.note(bytes, unread);
    if (this.table.newField !== 'deadLetter') return null;
    return { column: null, reason: notInContract(extra), value: shownBytes(bytes, start, end), readable: true };
  }

  absent(): readonly AbsentField[] {
    if (!this.anyRead) return [];
    return this.names.flatMap((column, i) =>
      this.unseen.includes(this.places[i]!) ? [{ column, field: this.fields[this.places[i]!]! }] : [],
    );
  }

  rest(writer: FieldWriter, out: Output): Rejection | null {
    const object = restOfJson(this.bytes, this.scanner.unread);
    return writer.bytes(object, 0, object.length, out);
  }

  takeFields(): FoundFields {
    const seen = this.newlySeen;
    if (seen.length > 0) this.newlySeen = [];
    return { fresh: this.found?.take() ?? [], seen };
  }

  private see(): void {
    const { kind } = this.scanner;
    this.anyRead = true;
    if (this.unseen.every((place) => kind[place] === 'absent')) return;
    if (this.table.missingField === 'refuse')
      this.newlySeen.push(
        ...this.unseen.filter((place) => kind[place] !== 'absent').map((place) => this.fields[place]!),
      );
    this.unseen = this.unseen.filter((place) => kind[place] === 'absent');
  }

  field(i: number, out: Output): Rejection | null {
    const { bytes } = this;
    const writer = this.writers[i]!;
    const type = this.types[i]!;
    const { kind, start, end, escaped } = this.scanner;
    const place = this.places[i]!;
    const from = start[place]!;
    const to = end[place]!;
    switch (kind[place]) {
      case 'absent':
      case 'null':
        return writer.absent(out);
      case 'string':
        if (type === 'json') return writer.bytes(bytes, from - 1, to + 1, out);
        // As in CSV, empty text is no number, day or the like: it is nothing.
        if (from === to && type !== 'text') return writer.absent(out);
        if (escaped[place]) return writer.escaped(bytes, from, to, out);
        return writer.bytes(bytes, from, to, out);
      case 'number':
      case 'boolean':
        if (type === 'text' && !writer.parses)
          return { column: writer.name, reason: 'not text', value: shownBytes(bytes, from, to) };
        return writer.bytes(bytes, from, to, out);
      default:
        if (type !== 'json' && !writer.parses)
          return { column: writer.name, reason: `not ${type}: an object or array`, value: shownBytes(bytes, from, to) };
        return writer.bytes(bytes, from, to, out);
    }
  }
}
