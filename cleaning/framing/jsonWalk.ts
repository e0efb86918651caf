const QUOTE = 34;
const BACKSLASH = 92;
const ZERO = 48;
const NINE = 57;
const OPEN_LIST = 91;
const CLOSE_LIST = 93;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;
const WORDS = new Map([116, 102, 110].map((first, i) => [first, Buffer.from(['true', 'false', 'null'][i]!)]));

/** Digits of a number, and its exponent, that PostgreSQL surely holds. */
const MAX_NUMBER_LENGTH = 1_000;

/**
 * Walks JSON text by its grammar (RFC 8259), byte by byte, without recursion and without making a value: however wide or deep it is, it costs time and
 * nothing else. Notes on the way what PostgreSQL's jsonb would refuse.
 */
export class JsonWalk {
  /** Of the last `value`: how deep its lists and objects lie in each other. */
  depth = 0;
  nul = false;
  loneSurrogate = false;
  hugeNumber = false;
  /** Of the last `string`: whether it holds an escape. */
  escaped = false;
  // What is open: 1 an object, 0 a list.
  private open = new Uint8Array(64);

  /** Behind the value at `at` (no space before it), or -1 where none is. */
  value(bytes: Buffer, at: number, limit: number): number {
    this.depth = 0;
    this.nul = this.loneSurrogate = this.hugeNumber = false;
    let depth = 0;
    for (;;) {
      const byte = at < limit ? bytes[at]! : -1;
      if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        const object = byte === OPEN_OBJECT;
        if (depth === this.open.length) this.grow();
        this.open[depth++] = object ? 1 : 0;
        if (depth > this.depth) this.depth = depth;
        at = space(bytes, at + 1, limit);
        if (at >= limit) return -1;
        if (bytes[at] !== (object ? CLOSE_OBJECT : CLOSE_LIST)) {
          if (object) at = this.name(bytes, at, limit);
          if (at === -1) return -1;
          continue;
        }
        at++;
        depth--;
      } else {
        at =
          byte === QUOTE
            ? this.string(bytes, at, limit)
            : WORDS.has(byte)
              ? word(bytes, at, limit)
              : this.number(bytes, at, limit);
        if (at === -1) return -1;
      }
      // Behind a value: what closes, then a comma.
      for (;;) {
        if (depth === 0) return at;
        at = space(bytes, at, limit);
        const next = at < limit ? bytes[at++]! : -1;
        const object = this.open[depth - 1] === 1;
        if (next === 44) {
          at = space(bytes, at, limit);
          if (object) at = this.name(bytes, at, limit);
          if (at === -1) return -1;
          break;
        }
        if (next !== (object ? CLOSE_OBJECT : CLOSE_LIST)) return -1;
        depth--;
      }
    }
  }

  /** Behind the string that opens at `at`, or -1. */
  string(bytes: Buffer, at: number, limit: number): number {
    this.escaped = false;
    if (at >= limit || bytes[at] !== QUOTE) return -1;
    for (at++; at < limit; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) return at + 1;
      if (byte < 32) return -1;
      if (byte === BACKSLASH) {
        this.escaped = true;
        at = this.escape(bytes, at + 1, limit);
        if (at === -1) return -1;
      }
    }
    return -1;
  }

  /** Behind the number at `at`, or -1. */
  number(bytes: Buffer, at: number, limit: number): number {
    const from = at;
    if (at < limit && bytes[at] === 45) at++;
    const whole = at;
    at = digits(bytes, at, limit);
    if (at === whole || (bytes[whole] === ZERO && at > whole + 1)) return -1;
    if (at < limit && bytes[at] === 46) {
      const fraction = at + 1;
      at = digits(bytes, fraction, limit);
      if (at === fraction) return -1;
    }
    if (at < limit && (bytes[at] === 69 || bytes[at] === 101)) {
      at++;
      if (at < limit && (bytes[at] === 45 || bytes[at] === 43)) at++;
      const exponent = at;
      at = digits(bytes, exponent, limit);
      if (at === exponent) return -1;
      if (Number(bytes.toString('latin1', exponent, at)) > MAX_NUMBER_LENGTH) this.hugeNumber = true;
    }
    if (at - from > MAX_NUMBER_LENGTH) this.hugeNumber = true;
    return at;
  }

  // A member's name and colon, and the space behind it.
  private name(bytes: Buffer, at: number, limit: number): number {
    at = this.string(bytes, at, limit);
    if (at === -1) return -1;
    at = space(bytes, at, limit);
    return at < limit && bytes[at] === 58 ? space(bytes, at + 1, limit) : -1;
  }

  // The last byte of the escape whose letter is at `at`, or -1. The halves of a surrogate pair are one escape.
  private escape(bytes: Buffer, at: number, limit: number): number {
    if (at >= limit) return -1;
    if (bytes[at] !== 117) return ESCAPES.has(bytes[at]!) ? at : -1;
    const code = hex(bytes, at + 1, limit);
    if (code === -1) return -1;
    at += 4;
    if (code === 0) this.nul = true;
    if (code < 0xd800 || code > 0xdfff) return at;
    const second = bytes[at + 1] === BACKSLASH && bytes[at + 2] === 117 ? hex(bytes, at + 3, limit) : -1;
    if (code < 0xdc00 && second >= 0xdc00 && second <= 0xdfff) return at + 6;
    this.loneSurrogate = true;
    return at;
  }

  private grow(): void {
    const larger = new Uint8Array(this.open.length * 2);
    larger.set(this.open);
    this.open = larger;
  }
}

const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));

/** Behind JSON's white space. */
export function space(bytes: Buffer, at: number, limit: number): number {
  while (at < limit) {
    const byte = bytes[at]!;
    if (byte !== 32 && byte !== 9 && byte !== 13 && byte !== 10) break;
    at++;
  }
  return at;
}

/** Behind the `true`, `false` or `null` at `at`, or -1. */
export function word(bytes: Buffer, at: number, limit: number): number {
  const expected = WORDS.get(bytes[at]!)!;
  const end = at + expected.length;
  return end <= limit && bytes.compare(expected, 0, expected.length, at, end) === 0 ? end : -1;
}

function digits(bytes: Buffer, at: number, limit: number): number {
  while (at < limit && bytes[at]! >= ZERO && bytes[at]! <= NINE) at++;
  return at;
}

// Four hexadecimal digits as a number, or -1.
function hex(bytes: Buffer, at: number, limit: number): number {
  if (at + 4 > limit) return -1;
  let code = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i]!;
    const digit = byte <= NINE ? byte - ZERO : (byte | 32) - 87;
    if (digit < 0 || digit > 15 || (byte > NINE && digit < 10)) return -1;
    code = code * 16 + digit;
  }
  return code;
}
