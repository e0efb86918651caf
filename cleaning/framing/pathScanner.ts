import type { FieldPath } from '../../model/definition/reading/fieldPath';
import { JsonWalk, space, word } from './jsonWalk';
import type { Place, PlaceNode } from './pathTrie';
import { pathTrie } from './pathTrie';

type Kind = 'absent' | 'null' | 'boolean' | 'number' | 'string' | 'nested';

const QUOTE = 34;
const OPEN_OBJECT = 123;
const CLOSE_OBJECT = 125;

/** A field that no path reads, and where its value lies. */
export interface Unread {
  readonly node: PlaceNode;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** Set where paths lead through it and it is no object: then nothing is read of it. */
  readonly through?: Place;
}

/**
 * Finds where the values of known paths lie in one JSON object, and checks the object's grammar on the way: one pass, and no value is made.
 * It steps into objects as deep as paths go and no deeper. Of a name that comes twice the last counts, with all that is inside it.
 */
export class PathScanner {
  readonly kind: Kind[];
  /** Of a string, between its quotes. */
  readonly start: number[];
  readonly end: number[];
  readonly escaped: boolean[];
  private readonly root: PlaceNode;
  /** Root first, outer before inner, in the order of the paths. */
  private readonly nodes: readonly PlaceNode[];
  private anyExtra = false;
  /** Of the record at hand, where they are collected: every field that no path reads, in the order of the text; a name that comes twice, twice. */
  unread: Unread[] = [];
  private unknown = '';
  private scans = 0;
  private readonly walk = new JsonWalk();
  private bytes: Buffer = Buffer.alloc(0);
  private at = 0;
  private limit = 0;

  /** @param paths each once */
  constructor(
    paths: readonly FieldPath[],
    private readonly collects = false,
  ) {
    this.nodes = pathTrie(paths);
    this.root = this.nodes[0]!;
    this.kind = paths.map(() => 'absent');
    this.start = paths.map(() => 0);
    this.end = paths.map(() => 0);
    this.escaped = paths.map(() => false);
  }

  /** A field that no path goes to or through, and that no path reads as part of a whole: the outermost first. */
  get extra(): FieldPath | null {
    if (!this.anyExtra) return null;
    const node = this.nodes.find(({ extra }) => extra !== null);
    return node ? [...node.path, node.extra!] : null;
  }

  /** Null when [start, end) is one JSON object; else what it is instead. */
  scan(bytes: Buffer, start: number, end: number): string | null {
    this.bytes = bytes;
    this.at = start;
    this.limit = end;
    this.scans++;
    this.kind.fill('absent');
    if (this.anyExtra) for (const node of this.nodes) node.extra = null;
    this.anyExtra = false;
    if (this.unread.length > 0) this.unread = [];
    this.space();
    if (bytes[this.at] === OPEN_OBJECT && this.object(this.root)) {
      this.space();
      if (this.at === end) return null;
    }
    // A second look, which tells an array or a number from no JSON at all.
    const value = this.walk.value(bytes, space(bytes, start, end), end);
    return value !== -1 && space(bytes, value, end) === end ? 'not a JSON object' : 'not JSON';
  }

  // At a `{`.
  private object(node: PlaceNode): boolean {
    this.at++;
    this.space();
    if (this.bytes[this.at] === CLOSE_OBJECT) {
      this.at++;
      return true;
    }
    for (let former = -1; ;) {
      const name = this.name(node, former);
      if (name === -2) return false;
      this.space();
      const from = this.at;
      if (!this.value(name < 0 ? null : node.places[name]!)) return false;
      if (name >= 0) {
        former = name;
        if (this.collects && node.places[name]!.inside !== null) this.noteThrough(node, node.places[name]!, from);
      } else if (this.collects && !node.isWhole)
        this.unread.push({ node, name: this.unknown, start: from, end: this.at });
      this.space();
      const next = this.take();
      if (next === CLOSE_OBJECT) return true;
      if (next !== 44) return false;
      this.space();
    }
  }

  // Which of the node's names is here, with its colon: -1 for an unknown one, -2 for none.
  private name(node: PlaceNode, former: number): number {
    const guess = node.after[former + 1];
    if (guess !== undefined && isAt(node.texts[guess]!, this.bytes, this.at, this.limit)) {
      this.at += node.texts[guess]!.length;
      return guess;
    }
    const name = this.otherName(node, former);
    if (name === -2) return -2;
    this.space();
    return this.take() === 58 ? name : -2;
  }

  private otherName(node: PlaceNode, former: number): number {
    const from = this.at + 1;
    this.at = this.walk.string(this.bytes, this.at, this.limit);
    if (this.at === -1) return -2;
    const { escaped } = this.walk;
    const to = this.at - 1;
    const name = escaped
      ? (JSON.parse(this.bytes.toString('utf8', from - 1, to + 1)) as string)
      : this.bytes.toString('utf8', from, to);
    const known = node.index.get(name);
    if (known !== undefined) return (node.after[former + 1] = known);
    if (node.isWhole) return -1;
    node.extra ??= name;
    this.unknown = name;
    this.anyExtra = true;
    return -1;
  }

  private value(place: Place | null): boolean {
    const { bytes, limit, walk } = this;
    let from = this.at;
    let kind: Kind;
    let behind: number;
    if (place !== null && place.inside !== null) this.begin(place);
    switch (bytes[from]) {
      case QUOTE:
        kind = 'string';
        behind = walk.string(bytes, from, limit);
        break;
      case OPEN_OBJECT:
        kind = 'nested';
        if (place === null || place.inside === null) behind = walk.value(bytes, from, limit);
        else behind = this.object(place.inside) ? this.at : -1;
        break;
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
    if (place === null || place.slot === -1) return true;
    const { slot } = place;
    if (kind === 'string') {
      from++;
      behind--;
      this.escaped[slot] = walk.escaped;
    }
    this.kind[slot] = kind;
    this.start[slot] = from;
    this.end[slot] = behind;
    return true;
  }

  private noteThrough(node: PlaceNode, place: Place, start: number): void {
    if (place.slot !== -1 || node.isWhole || this.bytes[start] === OPEN_OBJECT) return;
    this.unread.push({ node, name: place.inside!.path.at(-1)!, start, end: this.at, through: place });
  }

  // A name that comes again takes back what was found inside it the first time.
  private begin(place: Place): void {
    if (place.scan === this.scans) {
      for (const slot of place.slotsInside) this.kind[slot] = 'absent';
      for (const node of place.nodesInside) node.extra = null;
      if (this.unread.length > 0) {
        const inside = place.nodesInside;
        this.unread = this.unread.filter(({ node, through }) => through !== place && !inside.includes(node));
      }
    }
    place.scan = this.scans;
  }

  private take(): number {
    return this.at < this.limit ? this.bytes[this.at++]! : -1;
  }

  private space(): void {
    if (this.bytes[this.at]! <= 32) this.at = space(this.bytes, this.at, this.limit);
  }
}

// Names are short: byte by byte is quicker than a call out of JavaScript.
function isAt(text: Buffer, bytes: Buffer, from: number, limit: number): boolean {
  const { length } = text;
  if (from + length > limit) return false;
  for (let i = 0; i < length; i++) if (text[i] !== bytes[from + i]) return false;
  return true;
}
