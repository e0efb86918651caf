import { quote } from '../../model/run/errors';
import { unreadable } from '../unreadable';

const [LF, CR, TAB, SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [10, 13, 9, 32, 34, 44, 58, 92];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** Names that are longer are not looked for: a document is read with bounded memory. */
const LONGEST_NAME = 1_000;
/** So many names are told where the one that is looked for is not there. */
const SHOWN = 10;

/**
 * The elements of one list of a JSON document, each as one line of NDJSON: their bytes as they are, but that a line break between tokens is a
 * space. `name` is the member of the outermost object that holds the list; without it the document is the list. An empty list is one blank line.
 * Memory is bounded by a chunk. @throws SourceUnreadable when brackets do not match, the list is not there or there twice, or the document does
 * not end; what is wrong inside of an element is for cleaning to say.
 */
export async function* elementsOf(
  origin: string,
  chunks: AsyncIterable<Buffer>,
  name: string | undefined,
): AsyncGenerator<Buffer> {
  const document = new JsonDocument(origin, name);
  for await (const chunk of chunks) {
    const lines = document.read(chunk);
    if (lines.length > 0) yield lines;
  }
  const last = document.end();
  if (last.length > 0) yield last;
}

/** One document, read chunk by chunk: where it is in it, and what of the chunk goes out. */
class JsonDocument {
  private at = 0;
  /** The brackets that close what is open, innermost last. */
  private readonly open: number[] = [];
  private inText = false;
  private isEscaped = false;
  /** Of the outermost object: the bytes of the name that is being read, and the one whose value comes. */
  private text: number[] = [];
  private isName = true;
  private member: string | null = null;
  private readonly members: string[] = [];
  /** How many brackets are open where elements of the list lie; 0 until it began. */
  private listDepth = 0;
  private isListOver = false;
  private inElement = false;
  private isElementOwed = false;
  private elements = 0;

  constructor(
    private readonly origin: string,
    private readonly name: string | undefined,
  ) {}

  read(chunk: Buffer): Buffer {
    // An element's end is one byte more, and takes the place of its comma or bracket.
    const out = Buffer.allocUnsafe(chunk.length + 1);
    let size = 0;
    for (const byte of chunk) {
      const isMark = this.at < 3 && byte === MARK[this.at];
      this.at++;
      if (isMark) continue;
      const isWithin = this.listDepth > 0 && !this.isListOver;
      if (this.inText) {
        this.inside(byte);
        if (isWithin) out[size++] = byte;
      } else if (isBlank(byte)) {
        if (isWithin && this.inElement) out[size++] = byte === LF || byte === CR ? SPACE : byte;
      } else if (isWithin && this.open.length === this.listDepth && (byte === COMMA || byte === CLOSE_LIST)) {
        if (this.endOfElement(byte)) out[size++] = LF;
      } else {
        if (isWithin && !this.inElement) this.beginElement();
        this.token(byte);
        if (isWithin) out[size++] = byte;
      }
    }
    return out.subarray(0, size);
  }

  end(): Buffer {
    if (this.inText || this.open.length > 0) throw this.wrong('it ends in the middle', 'write it to its end');
    if (this.listDepth === 0) throw this.absent();
    return this.elements === 0 ? Buffer.from('\n') : Buffer.alloc(0);
  }

  // A byte between quotes.
  private inside(byte: number): void {
    if (byte === LF || byte === CR) throw this.wrong('a line break inside a text', 'write it as \\n');
    const isOutermost = this.open.length === 1 && this.listDepth === 0;
    if (this.isEscaped) this.isEscaped = false;
    else if (byte === BACKSLASH) this.isEscaped = true;
    else if (byte === QUOTE) {
      this.inText = false;
      if (this.open.length === 1 && this.isName && this.open[0] === CLOSE_OBJECT) this.named();
      return;
    }
    if ((isOutermost || this.isListOver) && this.open.length === 1 && this.isName && this.text.length < LONGEST_NAME)
      this.text.push(byte);
  }

  // The name of a member of the outermost object has ended.
  private named(): void {
    try {
      this.member = JSON.parse(`"${Buffer.from(this.text).toString()}"`) as string;
    } catch {
      this.member = null;
    }
    this.text = [];
    if (this.member === null) return;
    if (this.members.length < SHOWN) this.members.push(this.member);
    if (this.member === this.name && this.isListOver) throw this.wrong(`${quote(this.name)} is there twice`);
  }

  // A byte that is no blank, outside of texts, and ends no element.
  private token(byte: number): void {
    const depth = this.open.length;
    if (depth === 0) this.outermost(byte);
    else if (depth === 1 && this.open[0] === CLOSE_OBJECT && this.listDepth === 0 && !this.isName) this.value(byte);
    if (byte === QUOTE) this.inText = true;
    else if (byte === OPEN_LIST) this.open.push(CLOSE_LIST);
    else if (byte === OPEN_OBJECT) this.open.push(CLOSE_OBJECT);
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
      if (this.open.pop() !== byte) throw this.wrong(`${String.fromCharCode(byte)} closes what is not open`);
    } else if (depth === 1 && byte === COLON) this.isName = false;
    else if (depth === 1 && byte === COMMA) this.isName = true;
  }

  private outermost(byte: number): void {
    if (this.open.length === 0 && (this.listDepth > 0 || this.members.length > 0))
      throw this.wrong('there is something behind its end', 'a file holds one document; lines of them are ndjsonFiles');
    if (this.name === undefined) {
      if (byte !== OPEN_LIST)
        throw this.wrong('it is no list', "name the member that holds the records: records: 'features'");
      this.listDepth = 1;
    } else if (byte !== OPEN_OBJECT) throw this.wrong(`it is no object with ${quote(this.name)}`);
  }

  // The first byte of a member's value.
  private value(byte: number): void {
    if (this.member !== this.name || byte === COLON) return;
    if (byte !== OPEN_LIST) throw this.wrong(`${quote(this.name)} is no list`);
    this.listDepth = 2;
  }

  private beginElement(): void {
    this.inElement = true;
    this.isElementOwed = false;
    this.elements++;
  }

  // True when an element ended here: a comma behind it, or the end of the list.
  private endOfElement(byte: number): boolean {
    const ended = this.inElement;
    if (!ended && (byte === COMMA || this.isElementOwed)) throw this.wrong('an element of the list is missing');
    this.inElement = false;
    this.isElementOwed = byte === COMMA;
    if (byte === CLOSE_LIST) {
      this.isListOver = true;
      this.open.pop();
    }
    return ended;
  }

  private absent(): Error {
    if (this.name === undefined) return this.wrong('it holds nothing', 'an empty list is []');
    const there = this.members.length > 0 ? `it has ${this.members.map(quote).join(', ')}` : 'it has no members';
    return this.wrong(`${quote(this.name)} is not in it`, `${there}: name the one that holds the records`);
  }

  private wrong(problem: string, next = 'mend the file'): Error {
    return unreadable(this.origin, `it is no JSON document as told: ${problem} (byte ${this.at})`, { next });
  }
}

const isBlank = (byte: number): boolean => byte === SPACE || byte === LF || byte === CR || byte === TAB;
