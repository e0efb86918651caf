import type { Format } from '../../model/definition/source';
import type { Dialect } from '../../model/definition/reading/dialect';
import { csvForm, markLength } from './csvForm';
import { Framer } from './framer';
import type { Bounds, Framing } from './framing';
import { framingOf } from './framing';
import { headerNames, preambleEnd } from './header';

/**
 * What a delivery is cut into: the bytes before its first record, then record-aligned segments; together they are its bytes exactly.
 * A segment of no records holds blank lines, or goes on with a record that is longer than the bound.
 */
export type Piece =
  | { readonly kind: 'preamble'; readonly bytes: Buffer; readonly fields: readonly string[]; readonly framing: Framing }
  | {
      readonly kind: 'segment';
      readonly ordinal: number;
      readonly firstRecord: number;
      readonly records: number;
      readonly bytes: Buffer;
    };

const SEGMENT_BYTES = 4 * 1024 * 1024;
/** Bounds what may be set aside of one segment: two million records of one byte are 4 MB as well. */
const SEGMENT_RECORDS = 262_144;
const LF = 10;
const CR = 13;

/** Cuts what a source hands over, however it is chunked, with memory bounded by a segment and a record. */
export async function* cutSegments(
  format: Format,
  chunks: AsyncIterable<Buffer>,
  {
    segmentBytes = SEGMENT_BYTES,
    dialect,
    ...bounds
  }: { segmentBytes?: number; dialect?: Dialect | undefined } & Partial<Bounds> = {},
): AsyncGenerator<Piece> {
  const cutter = new Cutter(format, segmentBytes, bounds, dialect);
  for await (const chunk of chunks) yield* cutter.take(chunk);
  yield* cutter.finish();
}

class Cutter {
  private pending: Buffer[] = [];
  private size = 0;
  private wanted: number;
  private ordinal = 0;
  private firstRecord = 0;
  private framing: Framing | null = null;
  // Within the rest of a record that is too long.
  private inLongRecord = false;

  constructor(
    private readonly format: Format,
    private readonly segmentBytes: number,
    private readonly bounds: Partial<Bounds>,
    private readonly dialect: Dialect | undefined,
  ) {
    this.wanted = segmentBytes;
  }

  *take(chunk: Buffer): Generator<Piece> {
    this.pending.push(chunk);
    this.size += chunk.length;
    if (this.size >= this.wanted) yield* this.cut(false);
  }

  *finish(): Generator<Piece> {
    yield* this.cut(true);
  }

  private *cut(final: boolean): Generator<Piece> {
    let bytes = this.pending.length === 1 ? this.pending[0]! : Buffer.concat(this.pending);
    if (!this.framing) {
      const start = this.preambleEnd(bytes, final);
      if (start !== -1) {
        const preamble = bytes.subarray(0, start);
        const form = csvForm(this.dialect, preamble);
        this.framing = framingOf(this.format, preamble, this.bounds, form);
        const fields = this.format === 'csv' ? headerNames(form, preamble) : [];
        yield { kind: 'preamble', bytes: preamble, fields, framing: this.framing };
        bytes = bytes.subarray(start);
      }
    }
    if (this.framing) {
      for (;;) {
        const [end, records] = this.inLongRecord
          ? this.longRecordEnd(this.framing, bytes, final)
          : this.segmentEnd(this.framing, bytes, final);
        if (end === 0) break;
        const { ordinal, firstRecord } = this;
        yield { kind: 'segment', ordinal, firstRecord, records, bytes: bytes.subarray(0, end) };
        this.ordinal++;
        this.firstRecord += records;
        bytes = bytes.subarray(end);
        if (bytes.length < this.segmentBytes && !final) break;
      }
    }
    this.pending = [bytes];
    this.size = bytes.length;
    // A record goes on behind what is here: wait for an eighth more before looking again, so that a long one is not scanned for ever.
    this.wanted =
      bytes.length < this.segmentBytes ? this.segmentBytes : bytes.length + Math.max(65_536, bytes.length >> 3);
  }

  // Offset behind the header (or byte order mark), or -1 when it is not complete.
  private preambleEnd(bytes: Buffer, final: boolean): number {
    if (this.format === 'csv') return preambleEnd(csvForm(this.dialect, bytes), bytes, final);
    return bytes.length < 3 && !final ? -1 : markLength(bytes);
  }

  // Behind the last complete record that begins before the segment is full, and how many records that is.
  private segmentEnd(framing: Framing, bytes: Buffer, final: boolean): [end: number, records: number] {
    const { segmentBytes } = this;
    const framer = new Framer(bytes, framing, final);
    const framed = { start: 0, end: 0, next: 0 };
    let records = 0;
    let end = 0;
    while (end < segmentBytes && records < SEGMENT_RECORDS && framer.find(end, framed, segmentBytes)) {
      records++;
      end = framed.next;
    }
    if (end >= segmentBytes || records === SEGMENT_RECORDS) return [end, records];
    // Blank lines at the end of the file belong to the last segment: every byte is kept.
    if (final && framed.next >= bytes.length) return [bytes.length, records];
    // Blank lines only, as many as make a segment.
    if (framed.next >= segmentBytes) return [framed.next, records];
    // One byte more than the bound proves that a record is too long; the last of them may be half a line end.
    const proof = framing.maxRecordBytes + 2;
    if (bytes.length - framed.next < proof) return [0, 0];
    if (framed.next > 0) return [framed.next, records];
    this.inLongRecord = true;
    return [proof, framing.csv.comment !== -1 && bytes[0] === framing.csv.comment ? 0 : 1];
  }

  // The rest of a record that is too long. In quotes it would have ended at its first line end: so any line end is its own.
  private longRecordEnd(framing: Framing, bytes: Buffer, final: boolean): [end: number, records: 0] {
    const ends = [bytes.indexOf(LF), framing.bareCr ? bytes.indexOf(CR) : -1].filter((at) => at !== -1);
    if (ends.length > 0) {
      this.inLongRecord = false;
      return [Math.min(...ends) + 1, 0];
    }
    return [final || bytes.length >= this.segmentBytes ? bytes.length : 0, 0];
  }
}
