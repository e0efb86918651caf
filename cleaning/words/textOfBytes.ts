import type { Characters } from '../framing/characters';
import type { FastPath } from '../paths/fieldPaths';

/** Text of an encoding of one byte a character, as UTF-8: each byte by a table. False where a byte is NUL, or no character. */
export function textOfBytes(characters: Characters): FastPath {
  const lengths = new Uint8Array(256);
  const utf8 = new Uint8Array(256 * 3);
  for (let byte = 1; byte < 256; byte++) {
    const text = characters.text(Buffer.from([byte]), 0, 1);
    if (text !== null) lengths[byte] = Buffer.from(text).copy(utf8, byte * 3);
  }
  return (bytes, start, end, out) => {
    const target = out.bytes;
    let write = out.at + 4;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte > 0 && byte < 128) {
        target[write++] = byte;
        continue;
      }
      const length = lengths[byte]!;
      if (length === 0) return false;
      for (let i = 0; i < length; i++) target[write++] = utf8[byte * 3 + i]!;
    }
    out.int32(write - out.at - 4);
    out.at = write;
    return true;
  };
}
