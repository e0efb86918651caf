import { JsonWalk, space, word } from './jsonWalk';

type Kind = 'absent' | 'null' | 'boolean' | 'number' | 'string' | 'nested';

const QUOTE = 34;

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
  /** Behind each known field, and before the first: the one that came next in the last record, which is tried first. */
  private readonly after: number[];
  private readonly walk = new JsonWalk();
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private limit = 0;

  /** @param fields each once */
  constructor(fields: readonly string[]) {
    this.names = fields.map((field) => Buffer.from(field));
    this.index = new Map(fields.map((field, i) => [field, i]));
    this.after = fields.map((_, i) => i);
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
    if (this.object()) return null;
    // A second look, which tells an array or a number from no JSON at all.
    const value = this.walk.value(bytes, space(bytes, start, end), end);
    return value !== -1 && space(bytes, value, end) === end ? 'not a JSON object' : 'not JSON';
  }

  private object(): boolean {
    this.space();
    if (this.bytes[this.at++] !== 123) return false;
    this.space();
    if (this.bytes[this.at] === 125) this.at++;
    else {
      for (let former = -1; ;) {
        this.space();
        const field = this.key(former);
        if (field === -2) return false;
        this.space();
        if (this.take() !== 58) return false;
        this.space();
        if (!this.value(field)) return false;
        if (field >= 0) former = field;
        this.space();
        const next = this.take();
        if (next === 125) break;
        if (next !== 44) return false;
      }
    }
    this.space();
    return this.at === this.limit;
  }

  // The place of a key among the known ones, -1 for an unknown one, -2 for no key.
  private key(former: number): number {
    const from = this.at + 1;
    this.at = this.walk.string(this.bytes, this.at, this.limit);
    if (this.at === -1) return -2;
    const { escaped } = this.walk;
    const to = this.at - 1;
    const guess = this.after[former + 1];
    if (guess !== undefined && !escaped && isAt(this.names[guess]!, this.bytes, from, to)) return guess;
    const name = escaped
      ? (JSON.parse(this.bytes.toString('utf8', from - 1, to + 1)) as string)
      : this.bytes.toString('utf8', from, to);
    const field = this.index.get(name);
    if (field !== undefined) return (this.after[former + 1] = field);
    this.extra ??= name;
    return -1;
  }

  private value(field: number): boolean {
    const { bytes, limit, walk } = this;
    let from = this.at;
    let kind: Kind;
    let behind: number;
    switch (bytes[from]) {
      case QUOTE:
        kind = 'string';
        behind = walk.string(bytes, from, limit);
        break;
      case 123:
      case 91:
        kind = 'nested';
        behind = walk.value(bytes, from, limit);
        break;
      case 116:
      case 102:
        kind = 'boolean';
        behind = word(bytes, from, limit);
        break;
      case 110:
        kind = 'null';
        behind = word(bytes, from, limit);
        break;
      default:
        kind = 'number';
        behind = walk.number(bytes, from, limit);
    }
    if (behind === -1) return false;
    this.at = behind;
    if (field < 0) return true;
    if (kind === 'string') {
      from++;
      behind--;
      this.escaped[field] = walk.escaped;
    }
    this.kind[field] = kind;
    this.start[field] = from;
    this.end[field] = behind;
    return true;
  }

  private take(): number {
    return this.at < this.limit ? this.bytes[this.at++]! : -1;
  }

  private space(): void {
    this.at = space(this.bytes, this.at, this.limit);
  }
}

// Names are short: byte by byte is quicker than a call out of JavaScript.
function isAt(name: Buffer, bytes: Buffer, from: number, to: number): boolean {
  const { length } = name;
  if (length !== to - from) return false;
  for (let i = 0; i < length; i++) if (name[i] !== bytes[from + i]) return false;
  return true;
}
