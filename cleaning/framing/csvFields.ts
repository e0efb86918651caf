const CR = 13;
const QUOTE = 34;
const COMMA = 44;

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

  /**
   * Splits [start, end) of `bytes`. False when its quoting is malformed: junk behind a closing quote, none closing, one inside a bare field.
   * Fields beyond `most` are counted and not kept: a line of a million commas takes no memory.
   */
  split(bytes: Buffer, start: number, end: number, most = Infinity): boolean {
    const starts = this.start;
    const ends = this.end;
    let field = 0;
    let at = start;
    this.anyQuoted = false;
    for (;;) {
      const place = field < most ? field : most;
      if (at < end && bytes[at] === QUOTE) {
        at = this.quotedField(bytes, place, at, end);
        if (at === -1) return false;
      } else {
        starts[place] = at;
        let byte = 0;
        while (at < end && (byte = bytes[at]!) !== COMMA) {
          if (byte === QUOTE) return false;
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
    let close = at + 1;
    let doubled = false;
    for (;;) {
      if (bytes[close] !== QUOTE) close = bytes.indexOf(QUOTE, close);
      if (close === -1 || close >= end) return -1;
      if (close + 1 < end && bytes[close + 1] === QUOTE) {
        doubled = true;
        close += 2;
      } else break;
    }
    const next = close + 1;
    if (next < end && bytes[next] !== COMMA) return -1;
    if (!this.anyQuoted) {
      this.anyQuoted = true;
      for (let i = 0; i < field; i++) this.note(i, false, null);
    }
    if (!doubled) {
      this.start[field] = at + 1;
      this.end[field] = close;
      this.note(field, true, null);
    } else {
      const plain = withoutDoubles(bytes, at + 1, close);
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

// The bytes of a quoted field, each doubled quote once.
function withoutDoubles(bytes: Buffer, start: number, end: number): Buffer {
  const plain = Buffer.allocUnsafe(end - start);
  let write = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    plain[write++] = byte;
    if (byte === QUOTE) at++;
  }
  return plain.subarray(0, write);
}

/** The names in a header line, without the byte order mark and line end; null when its quoting is malformed. */
export function headerFields(line: Buffer): string[] | null {
  let end = line.length;
  while (end > 0 && (line[end - 1] === 10 || line[end - 1] === CR)) end--;
  const start = line[0] === 0xef && line[1] === 0xbb && line[2] === 0xbf ? 3 : 0;
  const fields = new CsvFields();
  if (!fields.split(line, start, end)) return null;
  return Array.from({ length: fields.count }, (_, i) =>
    ((fields.anyQuoted && fields.unescaped[i]) || line).toString('utf8', fields.start[i], fields.end[i]),
  );
}
