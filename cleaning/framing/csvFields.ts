import type { CsvForm } from './csvForm';
import { PLAIN_CSV } from './csvForm';

/** The fields of one record as byte ranges; a field with doubled quotes lies, unescaped, in a buffer of its own. */
export class CsvFields {
  count = 0;
  readonly start: number[] = [];
  readonly end: number[] = [];
  /** True when any field of the record was quoted; only then `quoted` and `unescaped` say something. */
  anyQuoted = false;
  readonly quoted: boolean[] = [];
  /** A field with doubled quotes, without them; `start` and `end` are then of this. */
  readonly unescaped: (Buffer | null)[] = [];
  private readonly quote: number;
  private readonly escape: number;
  private readonly delimiter: number;

  constructor({ quote, escape, delimiter }: Pick<CsvForm, 'quote' | 'escape' | 'delimiter'> = PLAIN_CSV) {
    this.quote = quote;
    this.escape = escape;
    this.delimiter = delimiter;
  }

  /**
   * Splits [start, end) of `bytes`. False when its quoting is malformed: junk behind a closing quote, none closing, one inside a bare field.
   * Fields beyond `most` are counted and not kept: a line of a million commas takes no memory.
   */
  split(bytes: Buffer, start: number, end: number, most = Infinity): boolean {
    const starts = this.start;
    const ends = this.end;
    const { quote, delimiter } = this;
    let field = 0;
    let at = start;
    this.anyQuoted = false;
    for (;;) {
      const place = field < most ? field : most;
      if (at < end && bytes[at] === quote) {
        at = this.quotedField(bytes, place, at, end);
        if (at === -1) return false;
      } else {
        starts[place] = at;
        let byte = 0;
        while (at < end && (byte = bytes[at]!) !== delimiter) {
          if (byte === quote) return false;
          at++;
        }
        ends[place] = at;
        if (this.anyQuoted) this.note(place, false, null);
      }
      field++;
      if (at >= end) break;
      at++;
      if (at === end) {
        const last = field < most ? field : most;
        starts[last] = at;
        ends[last] = at;
        if (this.anyQuoted) this.note(last, false, null);
        field++;
        break;
      }
    }
    this.count = field;
    return true;
  }

  private quotedField(bytes: Buffer, field: number, at: number, end: number): number {
    const { quote, escape } = this;
    let close = at + 1;
    let doubled = false;
    for (;;) {
      if (escape !== quote) {
        for (; close < end && bytes[close] !== quote; close++)
          if (bytes[close] === escape) {
            doubled = true;
            close++;
          }
        if (close >= end) return -1;
        break;
      }
      if (bytes[close] !== quote) close = bytes.indexOf(quote, close);
      if (close === -1 || close >= end) return -1;
      if (close + 1 < end && bytes[close + 1] === quote) {
        doubled = true;
        close += 2;
      } else break;
    }
    const next = close + 1;
    if (next < end && bytes[next] !== this.delimiter) return -1;
    if (!this.anyQuoted) {
      this.anyQuoted = true;
      for (let i = 0; i < field; i++) this.note(i, false, null);
    }
    if (!doubled) {
      this.start[field] = at + 1;
      this.end[field] = close;
      this.note(field, true, null);
    } else {
      const plain = withoutEscapes(bytes, at + 1, close, escape);
      this.start[field] = 0;
      this.end[field] = plain.length;
      this.note(field, true, plain);
    }
    return next;
  }

  private note(field: number, quoted: boolean, unescaped: Buffer | null): void {
    this.quoted[field] = quoted;
    this.unescaped[field] = unescaped;
  }
}

// The bytes of a quoted field, each escape with what it stands before as that alone: of two quotes one.
function withoutEscapes(bytes: Buffer, start: number, end: number, escape: number): Buffer {
  const plain = Buffer.allocUnsafe(end - start);
  let write = 0;
  for (let at = start; at < end; at++) {
    if (bytes[at] === escape) at++;
    plain[write++] = bytes[at]!;
  }
  return plain.subarray(0, write);
}
