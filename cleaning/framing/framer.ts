// Bytes that end or open things.
const LF = 10;
const CR = 13;
const QUOTE = 34;
const COMMA = 44;

/** A quoted record longer than this has lost its closing quote: it is cut at its first line end, so that one stray quote cannot swallow a file. */
const MAX_QUOTED_BYTES = 1024 * 1024;
/** A record without any line end for so long is no text file. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** One record in `bytes`: content is [start, end) without its line end; the next begins at `next`. */
export interface Framed {
  start: number;
  end: number;
  next: number;
}

/**
 * Finds records one after the other in a buffer, the same ones whatever the buffer's size: landing and cleaning number records alike.
 * RFC 4180: a quote opens only at the start of a field; LF or CRLF ends a record outside quotes; blank lines are no records.
 */
export class Framer {
  private nextQuote = -2;

  constructor(
    private readonly bytes: Buffer,
    private readonly quoted: boolean,
    /** True when no bytes follow: what is left is a record. */
    private readonly final: boolean,
  ) {}

  /** The next record from `at` on, into `into`; false when there is none (complete) before the end. `into.next` is where to go on. */
  find(at: number, into: Framed): boolean {
    const { bytes } = this;
    let start = at;
    for (;;) {
      if (start >= bytes.length) {
        into.next = start;
        return false;
      }
      const next = this.endOf(start);
      if (next === -1) {
        into.next = start;
        return false;
      }
      let end = next;
      if (end > start && bytes[end - 1] === LF) end--;
      if (end > start && bytes[end - 1] === CR) end--;
      if (end > start && !(!this.quoted && isBlank(bytes, start, end))) {
        into.start = start;
        into.end = end;
        into.next = next;
        return true;
      }
      start = next;
    }
  }

  private endOf(start: number): number {
    const { bytes } = this;
    const lf = bytes.indexOf(LF, start);
    const plain = lf === -1 ? (this.final ? bytes.length : -1) : lf + 1;
    if (!this.quoted) return plain;
    if (this.nextQuote !== -1 && this.nextQuote < start) this.nextQuote = bytes.indexOf(QUOTE, start);
    if (this.nextQuote === -1 || (lf !== -1 && this.nextQuote > lf)) return plain;
    return this.quotedEnd(start, lf);
  }

  // With a quote in the line: walk its fields.
  private quotedEnd(start: number, firstLf: number): number {
    const { bytes } = this;
    const limit = Math.min(bytes.length, start + MAX_QUOTED_BYTES);
    let i = start;
    while (i < limit) {
      if (bytes[i] === QUOTE) {
        i = closingQuote(bytes, i + 1, limit);
        if (i === -1) break;
      }
      // To the end of the field: quotes inside an unquoted one open nothing.
      while (i < limit && bytes[i] !== COMMA && bytes[i] !== LF) i++;
      if (i < limit && bytes[i] === LF) return i + 1;
      if (i >= limit) break;
      i++;
    }
    const enough = this.final || bytes.length - start >= MAX_QUOTED_BYTES;
    if (!enough) return -1;
    if (i !== -1 && limit === bytes.length && this.final) return bytes.length;
    return firstLf === -1 ? (this.final ? bytes.length : -1) : firstLf + 1;
  }
}

// The offset behind the quote that closes a field, or -1.
function closingQuote(bytes: Buffer, from: number, limit: number): number {
  for (let at = bytes.indexOf(QUOTE, from); at !== -1 && at < limit; at = bytes.indexOf(QUOTE, at + 2)) {
    if (bytes[at + 1] !== QUOTE) return at + 1;
  }
  return -1;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== 32 && bytes[i] !== 9 && bytes[i] !== CR) return false;
  return true;
}
