// C0, DEL, C1, zero-width and direction marks, line separators: what a terminal obeys or hides instead of showing.
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0' };

/** `text` on one line of a terminal, with everything that a terminal would obey written out: what is shown may come from anywhere. */
export function visible(text: string): string {
  return text.replace(OBEYED, (character) => SHORT[character] ?? escaped(character.charCodeAt(0)));
}

/** The same for text that is many lines. */
export const visibleLines = (text: string): string => text.split('\n').map(visible).join('\n');

const escaped = (code: number): string =>
  code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
