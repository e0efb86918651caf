type Kind = 'absent' | 'null' | 'boolean' | 'number' | 'string' | 'nested';

const QUOTE = 34;
const BACKSLASH = 92;

/** Finds where the values of known fields lie in one JSON object, and checks the object's grammar on the way. */
export class JsonScanner {
  readonly kind: Kind[];
  /** Of a string, between its quotes. */
  readonly start: number[];
  readonly end: number[];
  readonly escaped: boolean[];
  /** A field that none of the known ones is; null when there is none. */
  extra: string | null = null;
  private readonly names: Buffer[];
  private readonly index: Map<string, number>;
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private limit = 0;
  private sawEscape = false;

  constructor(fields: readonly string[]) {
    this.names = fields.map((field) => Buffer.from(field));
    this.index = new Map(fields.map((field, i) => [field, i]));
    this.kind = fields.map(() => 'absent');
    this.start = fields.map(() => 0);
    this.end = fields.map(() => 0);
    this.escaped = fields.map(() => false);
  }

  /** Null when [start, end) is one JSON object; else what it is instead. */
  scan(bytes: Buffer, start: number, end: number): string | null {
    this.bytes = bytes;
    this.at = start;
    this.limit = end;
    this.extra = null;
    this.kind.fill('absent');
    if (!this.object()) {
      // A second opinion, which tells an array or a number from no JSON at all; the scanner itself is never wrong about an object.
      try {
        JSON.parse(bytes.toString('utf8', start, end));
        return 'not a JSON object';
      } catch {
        return 'not JSON';
      }
    }
    return null;
  }

  private object(): boolean {
    this.space();
    if (this.bytes[this.at++] !== 123) return false;
    this.space();
    if (this.bytes[this.at] === 125) this.at++;
    else {
      for (let expected = 0; ; expected++) {
        this.space();
        const field = this.key(expected);
        if (field === -2) return false;
        this.space();
        if (this.take() !== 58) return false;
        this.space();
        if (!this.value(field)) return false;
        if (field >= 0) expected = field;
        this.space();
        const next = this.take();
        if (next === 125) break;
        if (next !== 44) return false;
      }
    }
    this.space();
    return this.at === this.limit;
  }

  // The column a key belongs to, -1 for an unknown one, -2 for no key. The order of the last record is tried first.
  private key(expected: number): number {
    const from = this.at + 1;
    if (!this.string()) return -2;
    const to = this.at - 1;
    const guess = this.names[expected];
    if (
      guess &&
      !this.sawEscape &&
      guess.length === to - from &&
      this.bytes.compare(guess, 0, guess.length, from, to) === 0
    )
      return expected;
    const name = this.sawEscape
      ? (JSON.parse(this.bytes.toString('utf8', from - 1, to + 1)) as string)
      : this.bytes.toString('utf8', from, to);
    const field = this.index.get(name);
    if (field !== undefined) return field;
    this.extra ??= name;
    return -1;
  }

  private value(field: number): boolean {
    let from = this.at;
    let kind: Kind;
    let ok: boolean;
    switch (this.bytes[this.at]) {
      case QUOTE:
        kind = 'string';
        ok = this.string();
        if (field >= 0) {
          this.start[field] = from + 1;
          this.end[field] = this.at - 1;
          this.escaped[field] = this.sawEscape;
          this.kind[field] = kind;
        }
        return ok;
      case 123:
      case 91:
        kind = 'nested';
        ok = this.nested();
        break;
      case 116:
        kind = 'boolean';
        ok = this.word('true');
        break;
      case 102:
        kind = 'boolean';
        ok = this.word('false');
        break;
      case 110:
        kind = 'null';
        ok = this.word('null');
        break;
      default:
        kind = 'number';
        ok = this.number();
    }
    if (field >= 0) {
      this.kind[field] = kind;
      this.start[field] = from;
      this.end[field] = this.at;
    }
    from = this.at;
    return ok;
  }

  private string(): boolean {
    const { bytes, limit } = this;
    this.sawEscape = false;
    if (this.at >= limit || bytes[this.at] !== QUOTE) return false;
    let at = this.at + 1;
    for (; at < limit; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) {
        const from = this.at;
        this.at = at + 1;
        return !this.sawEscape || parses(bytes.toString('latin1', from, at + 1));
      }
      if (byte < 32) return false;
      if (byte === BACKSLASH) {
        this.sawEscape = true;
        at++;
      }
    }
    return false;
  }

  private nested(): boolean {
    const { bytes, limit } = this;
    const from = this.at;
    let depth = 0;
    while (this.at < limit) {
      const byte = bytes[this.at]!;
      if (byte === QUOTE) {
        if (!this.string()) return false;
        continue;
      }
      this.at++;
      if (byte === 123 || byte === 91) depth++;
      else if ((byte === 125 || byte === 93) && --depth === 0) return parses(bytes.toString('utf8', from, this.at));
    }
    return false;
  }

  private number(): boolean {
    const { bytes, limit } = this;
    const from = this.at;
    let plain = true;
    while (this.at < limit) {
      const byte = bytes[this.at]!;
      if (byte >= 48 && byte <= 57) this.at++;
      else if (byte === 45 || byte === 43 || byte === 46 || byte === 69 || byte === 101) {
        plain &&= byte === 45 && this.at === from;
        this.at++;
      } else break;
    }
    const digits = bytes[from] === 45 ? from + 1 : from;
    if (this.at === digits) return false;
    if (plain) return this.at === digits + 1 || bytes[digits] !== 48;
    return /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(bytes.toString('latin1', from, this.at));
  }

  private word(word: string): boolean {
    if (this.bytes.toString('latin1', this.at, Math.min(this.limit, this.at + word.length)) !== word) return false;
    this.at += word.length;
    return true;
  }

  private take(): number {
    return this.at < this.limit ? this.bytes[this.at++]! : -1;
  }

  private space(): void {
    const { bytes, limit } = this;
    while (this.at < limit) {
      const byte = bytes[this.at]!;
      if (byte !== 32 && byte !== 9 && byte !== 13 && byte !== 10) return;
      this.at++;
    }
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
