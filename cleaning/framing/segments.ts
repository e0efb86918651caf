import type { Format } from '../../model/definition/source';
import { ContractBroken } from '../../model/run/errors';
import { headerFields } from './csvFields';
import { Framer, MAX_RECORD_BYTES } from './framer';

/** What a delivery is cut into: the bytes before its first record, then record-aligned segments; together they are its bytes exactly. */
export type Piece =
  | { readonly kind: 'preamble'; readonly bytes: Buffer; readonly fields: readonly string[] }
  | {
      readonly kind: 'segment';
      readonly ordinal: number;
      readonly firstRecord: number;
      readonly records: number;
      readonly bytes: Buffer;
    };

const SEGMENT_BYTES = 4 * 1024 * 1024;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Cuts what a source hands over, however it is chunked, with memory bounded by a segment and a record. */
export async function* cutSegments(
  format: Format,
  chunks: AsyncIterable<Buffer>,
  { segmentBytes = SEGMENT_BYTES }: { segmentBytes?: number } = {},
): AsyncGenerator<Piece> {
  const cutter = new Cutter(format, segmentBytes);
  for await (const chunk of chunks) yield* cutter.take(chunk);
  yield* cutter.finish();
}

class Cutter {
  private pending: Buffer[] = [];
  private size = 0;
  private wanted: number;
  private ordinal = 0;
  private firstRecord = 0;
  private begun = false;

  constructor(
    private readonly format: Format,
    private readonly segmentBytes: number,
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
    if (!this.begun) {
      const start = this.preambleEnd(bytes, final);
      if (start !== -1) {
        this.begun = true;
        const preamble = bytes.subarray(0, start);
        yield { kind: 'preamble', bytes: preamble, fields: this.format === 'csv' ? fieldsOf(preamble) : [] };
        bytes = bytes.subarray(start);
      }
    }
    if (this.begun) {
      for (;;) {
        const [end, records] = this.segmentEnd(bytes, final);
        if (end === 0) break;
        yield {
          kind: 'segment',
          ordinal: this.ordinal++,
          firstRecord: this.firstRecord,
          records,
          bytes: bytes.subarray(0, end),
        };
        this.firstRecord += records;
        bytes = bytes.subarray(end);
        if (bytes.length < this.segmentBytes && !final) break;
      }
    }
    if (bytes.length > MAX_RECORD_BYTES)
      throw new ContractBroken(`a record is longer than ${MAX_RECORD_BYTES} bytes: this is no ${this.format} text`, {
        next: 'look at the file; its format is named in the definition of its source',
      });
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
    if (new Framer(bytes, true, final).find(mark, framed)) return framed.next;
    if (!final) return -1;
    throw new ContractBroken('the file has no header line: it is empty', {
      next: 'look at where it comes from; an empty table still has a header',
    });
  }

  // Behind the last complete record that begins before the segment is full, and how many records that is.
  private segmentEnd(bytes: Buffer, final: boolean): [end: number, records: number] {
    const framer = new Framer(bytes, this.format === 'csv', final);
    const framed = { start: 0, end: 0, next: 0 };
    let records = 0;
    let end = 0;
    while (end < this.segmentBytes && framer.find(end, framed)) {
      records++;
      end = framed.next;
    }
    // Blank lines at the end of the file belong to the last segment: every byte is kept.
    if (final && end < this.segmentBytes) return [bytes.length, records];
    return [end >= this.segmentBytes || final ? end : 0, end >= this.segmentBytes || final ? records : 0];
  }
}

function fieldsOf(preamble: Buffer): string[] {
  const fields = headerFields(trimmedStart(preamble));
  if (!fields)
    throw new ContractBroken('the header line has malformed quotes', { next: 'look at the first line of the file' });
  const twice = fields.find((field, i) => fields.indexOf(field) !== i);
  if (twice !== undefined)
    throw new ContractBroken(`the header names ${JSON.stringify(twice)} twice`, {
      next: 'rename one of the two columns at the source',
    });
  return fields;
}

// Blank lines before the header are kept in the preamble, not in its names.
function trimmedStart(preamble: Buffer): Buffer {
  const mark = preamble.subarray(0, 3).equals(BOM) ? 3 : 0;
  let start = mark;
  while (preamble[start] === 10 || preamble[start] === 13) start++;
  return preamble.subarray(start === mark ? 0 : start);
}
