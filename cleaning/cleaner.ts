import { keyColumns } from '../model/definition/key';
import type { AbsentField } from '../model/run/absentField';
import type { FoundFields } from '../model/run/foundFields';
import type { DeadLetter, WindowCount } from '../model/run/deadLetter';
import { instant, millis } from '../model/time/time';
import type { CleanerParts } from './cleanerParts';
import { COPY_SIGNATURE, COPY_TRAILER } from './copyFormat';
import { EventWindows } from './eventWindows';
import { PLAIN_CSV } from './framing/csvForm';
import { Framer } from './framing/framer';
import { LONG_KEY, indexedTexts, isLongKey } from './keyBound';
import { KeyHash } from './keyHash';
import { Output } from './output';
import { readerOf } from './paths/readerOf';
import type { Rule } from './paths/rules';
import { brokenBy, rulesOf } from './paths/rules';
import { mostReaders, recordBound } from './recordBound';
import type { RecordReader } from './recordReader';
import type { Rejection } from './rejection';
import { KEPT_BYTES, OUTSIDE_REASON, brokenRules, recordReason, shownText, tooLong } from './rejection';
import { addRow } from './rowHash';
import { WindowCounts, windowText } from './windowCounts';
import { writtenValue } from './writtenValue';

/** Bytes of records after which whoever feeds gets its turn, whatever came of them: 50 ms of the dearest ones. */
const TURN_BYTES = 512 * 1024;
/** A record longer than this is read in turns: at 60 MB each look at it takes up to half a second. */
const LONG_BYTES = 1024 * 1024;
const NOTHING_YET = Buffer.alloc(0);
/** What a dead letter costs, in bytes of good records. */
const LETTER_BYTES = 128;

/**
 * Turns the records of one delivery into rows of its cleaned table, as binary COPY data (the table's columns, `_delivery`, `_record`), or into dead letters.
 * A pure function of the bytes, the definition and what its paths say of the origin: no clock, no order but the file's.
 */
export class Cleaner {
  records = 0;
  rows = 0;
  /** False when equal keys may have different bytes (numeric scale, JSON spelling): then SQL must rank every row. */
  readonly candidatesComplete: boolean;
  private readonly out: Output;
  private readonly reader: RecordReader;
  private readonly rules: readonly Rule[];
  private readonly starts: number[] = [];
  private readonly written: { bytes: Buffer; readonly starts: readonly number[] };
  private readonly columns: number;
  private readonly recordBound: number;
  private readonly longBytes: number;
  /** Bytes that a record's fields may become, by its own: several columns may read one field. */
  private readonly roomFactor: number;
  private readonly keys: readonly number[];
  private readonly wholeRowIsKey: boolean;
  private readonly indexed: readonly number[];
  private readonly hash: KeyHash;
  private readonly timeColumn: number;
  private readonly eventWindows: EventWindows;
  private readonly firstWindowMs: number;
  private readonly endMs: number;
  private letters: DeadLetter[] = [];
  private spent = 0;
  private readonly counts = new WindowCounts();

  /** @throws ContractBroken when the header is not what the definition says. */
  constructor(private readonly parts: CleanerParts) {
    const { table, grain, form = PLAIN_CSV } = parts;
    const names = Object.keys(table.columns);
    this.reader = readerOf(parts);
    this.rules = rulesOf(table);
    this.columns = names.length;
    // A byte of one character may be three of UTF-8.
    this.roomFactor = Math.max(2, mostReaders(table)) * (form.characters.encoding === 'utf-8' ? 1 : 3);
    this.recordBound = recordBound(parts.framing, table);
    this.longBytes = Math.min(LONG_BYTES, this.recordBound);
    this.keys = keyColumns(table).map((name) => names.indexOf(name));
    this.indexed = indexedTexts(table).map((name) => names.indexOf(name));
    this.wholeRowIsKey = table.key.kind === 'everyColumn';
    this.candidatesComplete = !keyColumns(table).some((name) =>
      ['numeric', 'json'].includes(table.columns[name]!.facts.type),
    );
    this.timeColumn = grain === 'whole' || !table.eventTime ? -1 : names.indexOf(table.eventTime);
    const { start = '-infinity', end = 'infinity' } = parts.history ?? {};
    this.firstWindowMs = start === '-infinity' ? -Infinity : millis(start);
    this.endMs = end === 'infinity' ? Infinity : millis(end);
    this.eventWindows = new EventWindows(grain);
    this.hash = new KeyHash(this.keys.length > 0 ? (parts.expectedRecords ?? 0) : 0);
    this.out = new Output(parts.copyChunkBytes ?? 65_536);
    this.written = { bytes: this.out.bytes, starts: this.starts };
    this.out.room(COPY_SIGNATURE.length);
    this.out.at = COPY_SIGNATURE.copy(this.out.bytes);
  }

  /** Records that may share their key with another; all that do are among them. */
  get candidates(): readonly number[] {
    return this.hash.possibleDuplicates;
  }

  /** Columns whose field none of the records had, as far as they could be read. */
  get absent(): readonly AbsentField[] {
    return this.reader.absent();
  }

  /** What the records had since the last call. */
  takeFields(): FoundFields {
    return this.reader.takeFields();
  }

  /** Cleans one segment; what it yields goes into the COPY in order, and may be nothing: then it is only somebody else's turn. */
  *feed(segment: {
    readonly bytes: Buffer;
    readonly firstRecord: number;
    readonly records: number;
  }): Generator<Buffer> {
    // Blank lines, or the rest of a record that was set aside with the segment before.
    if (segment.records === 0) return;
    const { bytes } = segment;
    const framer = new Framer(bytes, this.parts.framing, true);
    const framed = { start: 0, end: 0, next: 0 };
    let [record, turn] = [segment.firstRecord, TURN_BYTES];
    while (framer.find(framed.next, framed)) {
      const { start, end } = framed;
      if (end - start <= this.longBytes) this.record(bytes, start, end, record++);
      else yield* this.longRecord(bytes, start, end, record++);
      if (!this.out.full && framed.next + this.spent < turn) continue;
      yield this.out.take();
      this.spent = 0;
      turn = framed.next + TURN_BYTES;
    }
  }

  /** The last of the COPY data. */
  finish(): Buffer {
    return Buffer.concat([this.out.take(), COPY_TRAILER]);
  }

  /** Records set aside since the last call. */
  takeDeadLetters(): DeadLetter[] {
    const taken = this.letters;
    this.letters = [];
    return taken;
  }

  /** Rows and dead letters by window start since the last call; null where the event time could not be read. */
  takeWindows(): Map<string | null, WindowCount> {
    return this.counts.take();
  }

  private record(bytes: Buffer, start: number, end: number, record: number): void {
    const row = this.beginRow(end - start);
    const malformed = this.reader.split(bytes, start, end);
    this.settle(bytes, start, end, record, row, malformed, malformed ?? this.fields());
  }

  // The same for a record so long that each look at its bytes takes a turn of its own.
  private *longRecord(bytes: Buffer, start: number, end: number, record: number): Generator<Buffer> {
    const { out, starts, reader, columns } = this;
    if (end - start > this.recordBound) {
      this.records++;
      const fault = { column: null, reason: tooLong(this.recordBound), value: null };
      return this.setAside(bytes, start, end, record, fault, fault.reason, this.windowOf(false));
    }
    const row = this.beginRow(end - start);
    const malformed = reader.split(bytes, start, end);
    yield NOTHING_YET;
    let fault = malformed;
    for (let i = 0; i < columns && fault === null; i++) {
      starts[i] = out.at;
      fault = reader.field(i, out);
      if (fault !== null || out.at - starts[i]! >= LONG_BYTES) yield NOTHING_YET;
    }
    starts[columns] = out.at;
    this.settle(bytes, start, end, record, row, malformed, fault);
    yield NOTHING_YET;
  }

  private beginRow(bytes: number): number {
    const { out } = this;
    this.records++;
    out.room(bytes * this.roomFactor + this.columns * 20 + 64);
    const row = out.at;
    out.int16(this.columns + 2);
    return row;
  }

  // Makes a row, or a dead letter, of what was read from `row` on.
  private settle(
    bytes: Buffer,
    start: number,
    end: number,
    record: number,
    row: number,
    malformed: Rejection | null,
    unread: Rejection | null,
  ): void {
    const { out, starts } = this;
    const fault = unread ?? this.brokenRule() ?? (this.indexed.length > 0 ? this.longKey() : null) ?? this.outside();
    if (fault) {
      const window = this.windowOf((malformed === null || malformed.readable === true) && this.eventTimeRead());
      this.setAside(bytes, start, end, record, fault, recordReason(fault.reason, end - start), window);
      out.at = row;
      return;
    }
    this.rows++;
    const count = this.counts.of(this.windowOf(true));
    count.rows++;
    addRow(count, out.view, starts[0]!, starts[this.columns]!);
    if (this.wholeRowIsKey) this.hash.note(out.view, starts[0]!, starts[this.columns]!, record);
    else if (this.keys.length > 0) this.hash.noteParts(out.bytes, starts, this.keys, record);
    out.room(16);
    out.field32(this.parts.delivery);
    out.field32(record);
  }

  // Writes the fields in declared order; the first fault ends it.
  private fields(): Rejection | null {
    const { out, starts, reader, columns } = this;
    for (let i = 0; i < columns; i++) {
      starts[i] = out.at;
      const fault = reader.field(i, out);
      if (fault) return fault;
    }
    starts[columns] = out.at;
    return null;
  }

  // A dead letter has the window of its event time, where that can be read.
  private eventTimeRead(): boolean {
    if (this.timeColumn === -1) return true;
    this.starts[this.timeColumn] = this.out.at;
    return this.reader.field(this.timeColumn, this.out) === null;
  }

  // All rules that the row breaks; the column and the value are the first one's.
  private brokenRule(): Rejection | null {
    this.written.bytes = this.out.bytes;
    const broken = brokenBy(this.rules, this.written);
    if (broken === null) return null;
    const { first, labels } = broken;
    return { column: first.column, reason: brokenRules(labels), value: this.valuesOf(first.indexes) };
  }

  private outside(): Rejection | null {
    if (this.timeColumn === -1 || (this.firstWindowMs === -Infinity && this.endMs === Infinity)) return null;
    const window = this.windowOf(true);
    if (window >= this.firstWindowMs && window < this.endMs) return null;
    return {
      column: this.parts.table.eventTime!,
      reason: OUTSIDE_REASON,
      value: `in the window from ${instant(window)}`,
    };
  }

  private longKey(): Rejection | null {
    const { bytes } = this.out;
    // A length of -1 is a null's.
    const lengths = this.indexed.map((index) => Math.max(0, bytes.readInt32BE(this.starts[index]!)));
    if (!isLongKey(lengths)) return null;
    const [first] = this.indexed;
    return { column: Object.keys(this.parts.table.columns)[first!]!, reason: LONG_KEY, value: this.valueOf(first!) };
  }

  // Of several columns, with their names.
  private valuesOf(indexes: readonly number[]): string | null {
    if (indexes.length === 1) return this.valueOf(indexes[0]!);
    const names = Object.keys(this.parts.table.columns);
    return shownText(indexes.map((index) => `${names[index]!} ${this.valueOf(index) ?? 'null'}`).join(', '));
  }

  private valueOf(index: number): string | null {
    const { type } = Object.values(this.parts.table.columns)[index]!.facts;
    return writtenValue(type, this.out.bytes, this.starts[index]!, this.starts[index + 1]!);
  }

  private setAside(
    bytes: Buffer,
    start: number,
    end: number,
    record: number,
    { column, value }: Rejection,
    reason: string,
    window: number,
  ): void {
    this.counts.of(window).dead++;
    this.spent += LETTER_BYTES;
    // A copy: the segment's megabytes must not be held for one record.
    const kept = Buffer.from(bytes.subarray(start, Math.min(end, start + KEPT_BYTES)));
    this.letters.push({ record, windowStart: windowText(window), column, reason, value, bytes: kept });
  }

  // Milliseconds of the start of the record's window; -Infinity for the one of a whole table, NaN where its event time cannot be read.
  private windowOf(readable: boolean): number {
    if (this.timeColumn === -1) return -Infinity;
    if (!readable) return NaN;
    return this.eventWindows.startAt(this.out.view, this.starts[this.timeColumn]! + 4);
  }
}
