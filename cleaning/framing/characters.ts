import type { SingleByte } from '../../model/definition/reading/encoding';
import { charactersOf } from '../../model/definition/reading/encoding';

/** How bytes are characters. */
export interface Characters {
  readonly encoding: 'utf-8' | SingleByte;
  /** The text of [start, end); null where its bytes are none: `fault` then says which. */
  text(bytes: Buffer, start: number, end: number): string | null;
  fault(bytes: Buffer, start: number, end: number): string;
  /** For people: what is no character as U+FFFD. */
  shown(bytes: Buffer, start: number, end: number): string;
  bytesOf(text: string): Buffer;
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8');

const UTF8: Characters = {
  encoding: 'utf-8',
  text(bytes, start, end) {
    try {
      return strict.decode(bytes.subarray(start, end));
    } catch {
      return null;
    }
  },
  fault: () => 'invalid UTF-8',
  shown: (bytes, start, end) => lenient.decode(bytes.subarray(start, end)),
  bytesOf: (text) => Buffer.from(text),
};

function singleByte(encoding: SingleByte): Characters {
  const table = charactersOf(encoding);
  const read = (bytes: Buffer, start: number, end: number, other: string | null): string | null => {
    const text = bytes.toString('latin1', start, end);

    if (!/[^\x00-\x7f]/.test(text)) return text;
    let whole = true;
    const read_ = text.replace(/[\x80-\xff]/g, (byte) => {
      const character = table[byte.charCodeAt(0)]!;
      whole &&= character !== null;
      return character ?? other ?? '';
    });
    return whole || other !== null ? read_ : null;
  };
  return {
    encoding,
    text: (bytes, start, end) => read(bytes, start, end, null),
    fault: (bytes, start, end) =>
      noCharacter(
        bytes.subarray(start, end).find((byte) => table[byte] === null)!,
        encoding,
      ),
    shown: (bytes, start, end) => read(bytes, start, end, '\ufffd')!,
    bytesOf: (text) => Buffer.from([...text].map((character) => table.indexOf(character))),
  };
}

const noCharacter = (byte: number, encoding: string): string =>
  `0x${byte.toString(16).toUpperCase().padStart(2, '0')} is no character of ${encoding}`;

const known = new Map<string, Characters>([['utf-8', UTF8]]);

export function charactersIn(encoding: 'utf-8' | SingleByte): Characters {
  let characters = known.get(encoding);
  if (!characters) known.set(encoding, (characters = singleByte(encoding as SingleByte)));
  return characters;
}
