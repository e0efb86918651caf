import type { Format } from '../../model/definition/source';
import { ContractBroken, quote } from '../../model/run/errors';
import { headerFields } from './csvFields';
import { Framer } from './framer';
import type { Bounds, Framing } from './framing';
import { framingOf } from './framing';

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
const MAX_HEADER_BYTES = 1024 * 1024;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const LF = 10;
const CR = 13;

/** Cuts what a source hands over, however it is chunked, with memory bounded by a segment and a record. */
export async function* cutSegments(
  format: Format,
  chunks: AsyncIterable<Buffer>,
  { segmentBytes = SEGMENT_BYTES, ...bounds }: { segmentBytes?: number } & Partial<Bounds> = {},
): AsyncGenerator<Piece> {
  const cutter = new Cutter(format, segmentBytes, bounds);
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
        this.framing = framingOf(this.format, preamble, this.bounds);
        const fields = this.format === 'csv' ? fieldsOf(preamble) : [];
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
    const mark = bytes.subarray(0, 3).equals(BOM) ? 3 : 0;
    if (this.format === 'ndjson') return bytes.length < 3 && !final ? -1 : mark;
    const framed = { start: 0, end: 0, next: 0 };
    const anyEnd = { ...framingOf('csv', bytes, this.bounds), bareCr: true };
    const found = new Framer(bytes, anyEnd, final).find(mark, framed);
    if ((found ? framed.end : bytes.length) - mark > MAX_HEADER_BYTES)
      throw new ContractBroken(`no header line ends in the first ${MAX_HEADER_BYTES} bytes: this is no CSV`, {
        next: 'look at the first line of the file; its format is named in the definition of its source',
      });
    if (found) {
      // A CR may be the first half of a line end.
      if (bytes[framed.next - 1] !== CR) return framed.next;
      if (framed.next < bytes.length) return bytes[framed.next] === LF ? framed.next + 1 : framed.next;
      return final ? framed.next : -1;
    }
    if (!final) return -1;
    throw new ContractBroken('the file has no header line: it is empty', {
      next: 'look at where it comes from; an empty table still has a header',
    });
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
    return [proof, 1];
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

function fieldsOf(preamble: Buffer): string[] {
  const fields = headerFields(trimmedStart(preamble));
  if (!fields)
    throw new ContractBroken('the header line has malformed quotes', { next: 'look at the first line of the file' });
  const met = new Set<string>();
  for (const field of fields) {
    if (met.has(field))
      throw new ContractBroken(`the header names ${quote(field)} twice`, {
        next: 'rename one of the two columns at the source',
      });
    if (field.includes('\0'))
      throw new ContractBroken(`the header holds NUL bytes (${quote(field)}): this is no text in UTF-8`, {
        next: 'look at the first line of the file; save it as UTF-8',
      });
    met.add(field);
  }
  return fields;
}

// Blank lines before the header are kept in the preamble, not in its names.
function trimmedStart(preamble: Buffer): Buffer {
  const mark = preamble.subarray(0, 3).equals(BOM) ? 3 : 0;
  let start = mark;
  while (preamble[start] === LF || preamble[start] === CR) start++;
  return preamble.subarray(start === mark ? 0 : start);
}
