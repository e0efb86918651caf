import type { Framing } from './framing';

// Bytes that end or open things.
const LF = 10;
const CR = 13;

/** One record in `bytes`: content is [start, end) without its line end; the next begins at `next`. */
export interface Framed {
  start: number;
  end: number;
  next: number;
}

// Where a walk stands.
const FIELD_START = 0;
const BARE = 1;
const QUOTED = 2;

/**
 * Finds records one after the other in a buffer, the same ones whatever the buffer's size: landing and cleaning number records alike.
 * RFC 4180: a quote opens only at the start of a field; LF or CRLF (CR too, where the framing says so) ends a record outside quotes;
 * blank lines are no records. Time is linear in the buffer, whatever is in it.
 */
export class Framer {
  private nextQuote = -2;
  private nextCr = -2;
  private nextLf = -2;
  // A walk over quoted fields: where it stands, and in what.
  private at = 0;
  private place = FIELD_START;
  // How far the last walk came that found no end.
  private walkedTo = 0;
  private readonly quoted: boolean;
  private readonly bareCr: boolean;
  private readonly spacesAreBlank: boolean;
  private readonly quote: number;
  private readonly escape: number;
  private readonly delimiter: number;
  private readonly comment: number;
  private readonly skips: Framing['csv']['skips'];

  constructor(
    private readonly bytes: Buffer,
    private readonly framing: Framing,
    /** True when no bytes follow: what is left is a record. */
    private readonly final: boolean,
  ) {
    this.quoted = framing.quoted;
    this.bareCr = framing.bareCr;
    this.spacesAreBlank = framing.spacesAreBlank;
    const { quote, escape, delimiter, comment, skips } = framing.csv;
    this.quote = quote;
    this.escape = escape;
    this.delimiter = delimiter;
    // Of JSON no line is.
    this.comment = framing.spacesAreBlank ? -1 : comment;
    this.skips = framing.spacesAreBlank ? null : skips;
  }

  /**
   * The next record from `at` on, into `into`; false when there is none (complete) before the end, or none that begins before `stop`.
   * `into.next` is where to go on. Each call begins at or behind where the one before ended.
   */
  find(at: number, into: Framed, stop = Infinity): boolean {
    const { bytes, spacesAreBlank, bareCr, comment } = this;
    const { length } = bytes;
    let start = at;
    for (;;) {
      if (start >= length || start >= stop) {
        into.next = start;
        return false;
      }
      const first = bytes[start]!;
      if (first === LF || (first === CR && (bareCr || bytes[start + 1] === LF))) {
        start++;
        continue;
      }
      const next = first === comment ? this.lineEnd(start) : this.endOf(start);
      if (next === -1) {
        into.next = start;
        return false;
      }
      let end = next;
      if (end > start && bytes[end - 1] === LF) end--;
      if (end > start && bytes[end - 1] === CR) end--;
      if (
        end > start &&
        first !== comment &&
        (!spacesAreBlank || end - start > this.framing.maxRecordBytes || !isBlank(bytes, start, end)) &&
        (this.skips === null || end - start > this.framing.maxRecordBytes || !this.skips(bytes, start, end))
      ) {
        into.start = start;
        into.end = end;
        into.next = next;
        return true;
      }
      start = next;
    }
  }

  // Behind the next line end, whatever is before it.
  private lineEnd(start: number): number {
    const last = this.bareCr ? this.anyLineEnd(start) : this.bytes.indexOf(LF, start);
    return last === -1 ? (this.final ? this.bytes.length : -1) : last + 1;
  }

  private endOf(start: number): number {
    const { bytes } = this;
    const last = this.bareCr ? this.anyLineEnd(start) : bytes.indexOf(LF, start);
    const plain = last === -1 ? (this.final ? bytes.length : -1) : last + 1;
    if (!this.quoted) return plain;
    if (this.nextQuote !== -1 && this.nextQuote < start) this.nextQuote = bytes.indexOf(this.quote, start);
    if (this.nextQuote === -1 || (last !== -1 && this.nextQuote > last)) return plain;
    return this.quotedEnd(start, last);
  }

  // Each byte is looked for from where it was found last, so that a file without one of them is searched for it once.
  private anyLineEnd(start: number): number {
    const { bytes } = this;
    if (this.nextCr !== -1 && this.nextCr < start) this.nextCr = bytes.indexOf(CR, start);
    if (this.nextLf !== -1 && this.nextLf < start) this.nextLf = bytes.indexOf(LF, start);
    if (this.nextCr === -1 || this.nextLf === -1) return Math.max(this.nextCr, this.nextLf);
    return Math.min(this.nextCr, this.nextLf);
  }

  // With a quote in the line: walk its fields.
  private quotedEnd(start: number, lineEnd: number): number {
    const { bytes } = this;
    const { maxQuotedBytes } = this.framing;
    const limit = Math.min(bytes.length, start + maxQuotedBytes);
    const end =
      lineEnd !== -1 && lineEnd < this.walkedTo ? this.joined(start, lineEnd, limit) : this.walked(start, limit);
    if (end !== -1) return end;
    const enough = this.final || bytes.length - start >= maxQuotedBytes;
    if (!enough) return -1;
    this.walkedTo = limit;
    if (this.place !== QUOTED && limit === bytes.length && this.final) return bytes.length;
    return lineEnd === -1 ? (this.final ? bytes.length : -1) : lineEnd + 1;
  }

  private walked(start: number, limit: number): number {
    this.at = start;
    this.place = FIELD_START;
    return this.walk(limit);
  }

  // A former walk passed this line end within quotes. One that does so too is in its steps from there on: it goes on where that one stood,
  // or a line that opens a quote, a million times over, would be walked a million times.
  private joined(start: number, lineEnd: number, limit: number): number {
    const { at, place } = this;
    const end = this.walked(start, lineEnd + 1);
    if (end !== -1) {
      this.at = at;
      this.place = place;
      return end;
    }
    this.at = at;
    this.place = place;
    return this.walk(limit);
  }

  // Behind the end of the record, or -1 when `limit` comes before it; `at` and `place` are then where to go on.
  private walk(limit: number): number {
    const { bytes, bareCr, quote, escape, delimiter } = this;
    let { at, place } = this;
    for (;;) {
      if (place === FIELD_START) {
        if (at >= limit) break;
        place = bytes[at] === quote ? QUOTED : BARE;
        if (place === QUOTED) at++;
      }
      if (place === QUOTED) {
        at = escape === quote ? closingQuote(bytes, at, limit, quote) : closingBy(bytes, at, limit, quote, escape);
        if (at >= limit) break;
        at++;
        place = BARE;
      }
      // To the end of the field: quotes inside an unquoted one open nothing.
      let byte = 0;
      while (at < limit && (byte = bytes[at]!) !== delimiter && byte !== LF && !(bareCr && byte === CR)) at++;
      if (at >= limit) break;
      at++;
      if (byte !== delimiter) return at;
      place = FIELD_START;
    }
    this.at = at;
    this.place = place;
    return -1;
  }
}

// The quote that closes a field; where there is none before `limit`, where to look on: at or behind it.
function closingQuote(bytes: Buffer, from: number, limit: number, quote: number): number {
  let at = bytes.indexOf(quote, from);
  while (at !== -1 && at < limit && bytes[at + 1] === quote) at = bytes.indexOf(quote, at + 2);
  return at === -1 ? bytes.length : at;
}

// The same where another character makes the next one stand for itself: never between the two.
function closingBy(bytes: Buffer, from: number, limit: number, quote: number, escape: number): number {
  let at = from;
  while (at < limit && bytes[at] !== quote) at += bytes[at] === escape ? 2 : 1;
  return at;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 32 && bytes[i] !== 9 && bytes[i] !== CR) return false;
  return true;
}
