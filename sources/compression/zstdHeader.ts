/** A frame of zstd as its header describes it; or one that holds no text, to be skipped. */
export type Frame =
  | { readonly skip: number }
  | {
      readonly header: number;
      readonly window: number;
      /** Bytes of text, where it says so. */
      readonly size: number | null;
      readonly checksum: boolean;
      readonly dictionary: boolean;
    };

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;

/** The most bytes that a frame's header has. */
export const longestHeader = 18;

/** Reads the header of a frame (RFC 8878, 3.1.1.1) from the bytes of a file; null where none begins there, or none that is whole. */
export function frameHeader(bytes: Buffer): Frame | null {
  if (bytes.length < 8) return null;
  const magic = bytes.readUInt32LE(0);
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) return { skip: 8 + bytes.readUInt32LE(4) };
  if (magic !== MAGIC) return null;
  const flags = bytes[4]!;
  const single = (flags & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
  const at = 5 + (single ? 0 : 1) + dictionaryBytes;
  const header = at + sizeBytes;
  if (bytes.length < header || (flags & 8) !== 0) return null;
  const size = sizeBytes === 0 ? null : sizeOf(bytes.subarray(at, header));
  const base = 2 ** (10 + (bytes[5]! >> 3));
  return {
    ...{ header, size, checksum: (flags & 4) !== 0, dictionary: dictionaryBytes > 0 },
    window: single ? size! : base + (base / 8) * (bytes[5]! & 7),
  };
}

function sizeOf(bytes: Buffer): number {
  if (bytes.length === 8) return Number(bytes.readBigUInt64LE(0));
  // Two bytes count from 256.
  return bytes.readUIntLE(0, bytes.length) + (bytes.length === 2 ? 256 : 0);
}
