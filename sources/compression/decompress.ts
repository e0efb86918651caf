import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { PipelineError } from '../../model/run/errors';
import { BrokenData } from './brokenData';
import { unreadable } from '../unreadable';
import { unzstd } from './zstd';

/** What a compressed file may become. */
export interface Bounds {
  /** Bytes of text, at most. */
  readonly maxBytes: number;
  /** Bytes of text a byte of the file, at most; asked beyond 64 MB of text. */
  readonly maxRatio: number;
}

/** CSV shrinks to a tenth, a file of one value to a thousandth. */
export const BOUNDS: Bounds = { maxBytes: 64 * 2 ** 30, maxRatio: 200 };

export const boundsOf = ({ decompress }: { readonly decompress?: Partial<Bounds> }): Bounds => ({
  ...BOUNDS,
  ...decompress,
});

/** Less text than this harms nobody, whatever it was made from. */
const FREE_BYTES = 64 * 2 ** 20;
/** Bytes of text handed over at once. */
const CHUNK = 256 * 1024;

const REFUSED: Readonly<Record<string, readonly [what: string, tool: string]>> = {
  bz2: ['bzip2', 'bunzip2'],
  xz: ['xz', 'unxz'],
  lzma: ['LZMA', 'unlzma'],
  lz4: ['LZ4', 'unlz4'],
  br: ['Brotli', 'brotli -d'],
  z: ['compress', 'uncompress'],
  sz: ['Snappy', 'snzip -d'],
  lzo: ['LZO', 'lzop -d'],
  zip: ['a zip archive', 'unzip'],
  '7z': ['a 7-Zip archive', '7z x'],
  rar: ['a RAR archive', 'unrar x'],
  tar: ['a tar archive', 'tar -xf'],
  tgz: ['a tar archive', 'tar -xzf'],
};

const ending = (path: string): string => /\.([^./{}*]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';

/** What a name says is in a file, where that is not read, and what to do about it. */
export function refusedName(path: string): { readonly what: string; readonly next: string } | null {
  const lower = path.toLowerCase();
  const known = /\.tar\.\w+$/.test(lower) ? REFUSED['tar'] : REFUSED[ending(path)];
  if (!known) return null;
  const [what, tool] = known;
  return { what, next: `unpack it (${tool}); gzip (.gz) and zstd (.zst) are read as they are` };
}

/** How a file is compressed, by its name; null where it is not. */
export const compressionOf = (path: string): 'gzip' | 'zstd' | null =>
  ({ gz: 'gzip' as const, gzip: 'gzip' as const, zst: 'zstd' as const, zstd: 'zstd' as const })[ending(path)] ?? null;

/** The text in `bytes` of a compressed file, about 256 kB at a time, whole and proven by the file's own checksums. @throws SourceUnreadable where it is cut short, damaged or larger than `bounds` allow. */
export async function* decompressed(
  origin: string,
  size: number,
  bytes: AsyncIterable<Buffer>,
  { maxBytes, maxRatio }: Bounds,
): AsyncGenerator<Buffer> {
  const how = compressionOf(origin)!;
  const most = Math.min(maxBytes, Math.max(FREE_BYTES, size * maxRatio));
  let text = 0;
  try {
    for await (const chunk of how === 'gzip' ? gunzip(bytes, size) : unzstd(bytes)) {
      text += chunk.length;
      if (text > most) throw tooLarge(origin, size, text > maxBytes ? { maxBytes } : { maxRatio });
      yield chunk;
    }
  } catch (error) {
    const words = wordsOf(error);
    if (words === null) throw error;
    throw unreadable(origin, `its ${how} is broken: ${words}`, {
      cause: error,
      next: `write it again, to its end; where it is no ${how}, name it otherwise`,
    });
  }
}

function tooLarge(origin: string, size: number, bound: Partial<Bounds>): PipelineError {
  const [[name, most]] = Object.entries(bound) as [[keyof Bounds, number]];
  const than = name === 'maxBytes' ? `${most} bytes of text` : `${most} times its ${size} bytes`;
  return unreadable(origin, `it becomes more than ${than} (decompress.${name})`, {
    next: `look at what it holds; where it is right, raise the bound of its source: decompress: { ${name}: ${most * 10} }`,
  });
}

/** A damaged file, in words; null for an error that is of the file system. */
function wordsOf(error: unknown): string | null {
  if (error instanceof BrokenData) return error.message;
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' && code.startsWith('Z_') ? String(message) : null;
}

async function* gunzip(bytes: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  const file = Readable.from(bytes);
  const text = createGunzip({ chunkSize: CHUNK });
  file.on('error', (error) => text.destroy(error)).pipe(text);
  try {
    yield* text as AsyncIterable<Buffer>;
  } finally {
    file.destroy();
    text.destroy();
  }
  // A second member is legal, and read. NULs, and whatever comes behind them, would be passed over without a word.
  if (text.bytesWritten !== size) throw new BrokenData(`${size - text.bytesWritten} bytes behind its end are no gzip`);
}
