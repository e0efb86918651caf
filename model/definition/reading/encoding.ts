/** How characters are bytes. UTF-16 is told by its mark, or by its name. */
export type Encoding = 'utf-8' | 'utf-16' | 'utf-16le' | 'utf-16be' | SingleByte;

/** Encodings of one byte a character. */
export type SingleByte = 'windows-1252' | 'iso-8859-1' | 'iso-8859-15';

export const ENCODINGS: readonly Encoding[] = [
  ...(['utf-8', 'utf-16', 'utf-16le', 'utf-16be'] as const),
  ...(['windows-1252', 'iso-8859-1', 'iso-8859-15'] as const),
];

/** Names that others use, and what they mean. */
export const OTHER_NAMES: Readonly<Record<string, string>> = {
  ...{ utf8: 'utf-8', utf16: 'utf-16', 'utf-16-le': 'utf-16le', ucs2: 'utf-16le', 'utf-8-sig': 'utf-8' },
  ...{ cp1252: 'windows-1252', ansi: 'windows-1252', win1252: 'windows-1252', 'windows 1252': 'windows-1252' },
  ...{ latin1: 'windows-1252, or iso-8859-1', 'latin-1': 'windows-1252, or iso-8859-1', 'iso8859-1': 'iso-8859-1' },
  ...{ latin9: 'iso-8859-15', ascii: 'utf-8', 'us-ascii': 'utf-8' },
};

/** Bytes 0x80 to 0x9F of windows-1252; a blank where there is no character. Node's own decoder gives control characters for all of them. */
const WINDOWS = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';
/** Where iso-8859-15 differs from iso-8859-1. */
const LATIN9: Readonly<Record<number, string>> = {
  ...{ 0xa4: '€', 0xa6: 'Š', 0xa8: 'š', 0xb4: 'Ž', 0xb8: 'ž', 0xbc: 'Œ', 0xbd: 'œ', 0xbe: 'Ÿ' },
};

/** The character of each byte, by its value; null where a byte is none. */
export function charactersOf(encoding: SingleByte): readonly (string | null)[] {
  return Array.from({ length: 256 }, (_, byte) => {
    if (encoding === 'iso-8859-15' && byte in LATIN9) return LATIN9[byte]!;
    if (encoding !== 'windows-1252' || byte < 0x80 || byte > 0x9f) return String.fromCharCode(byte);
    const character = WINDOWS[byte - 0x80]!;
    return character === ' ' ? null : character;
  });
}

export const isSingleByte = (encoding: Encoding | undefined): encoding is SingleByte =>
  encoding !== undefined && !encoding.startsWith('utf');

/** The byte that `character` is; -1 where it is none, or several. */
export function byteOf(character: string, encoding: Encoding = 'utf-8'): number {
  if (character.length !== 1) return -1;
  if (isSingleByte(encoding)) return charactersOf(encoding).indexOf(character);
  return character.charCodeAt(0) < 128 ? character.charCodeAt(0) : -1;
}
