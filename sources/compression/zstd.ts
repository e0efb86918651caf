import { createRequire } from 'node:module';
import { Decompress } from 'fzstd';
import type { XXHash, XXHashAPI } from 'xxhash-wasm' with { 'resolution-mode': 'import' };
import { BrokenData } from './brokenData';
import { frameHeader, longestHeader } from './zstdHeader';

// Its types are those of an ES module, though it has both; and import() fails where Jest runs us in a context of its own.
const loadHashes = createRequire(__filename)('xxhash-wasm') as () => Promise<XXHashAPI>;

/** Memory that a frame may ask for: what zstd itself grants where nobody says otherwise (its option --long takes more). */
const MOST_WINDOW = 128 * 2 ** 20;
const FLAGS = 4;
const CHECKSUM_FLAG = 4;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const RLE = 1;
const RESERVED = 3;

/**
 * The text in zstd frames (RFC 8878), block by block, with memory bounded by a frame's window. Frames are walked here, so that a file cut
 * anywhere, bytes behind its end and a wrong checksum are faults: the library, which decodes the blocks, asks none of that.
 * @throws BrokenData
 */
export async function* unzstd(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const input = new Input(bytes);
  const hashes = await loadHashes();
  while (await input.has(1)) yield* frame(input, hashes);
}

async function* frame(input: Input, hashes: XXHashAPI): AsyncGenerator<Buffer> {
  const found = frameHeader(await input.peek(longestHeader));
  if (found === null) throw new BrokenData('no frame of zstd begins where one should');
  if ('skip' in found) return input.skip(found.skip);
  const { header, window, size, checksum, dictionary } = found;
  if (dictionary) throw new BrokenData('it needs a dictionary, which is not in it');
  if (window > MOST_WINDOW)
    throw new BrokenData(
      `it asks for a window of ${window} bytes, and ${MOST_WINDOW} are granted (compress without --long)`,
    );
  let decoded: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => decoded.push(chunk));
  const decode = (part: Buffer, isLast = false): void => {
    try {
      decoder.push(part, isLast);
    } catch (error) {
      throw new BrokenData(`a block does not decode (${error instanceof Error ? error.message : String(error)})`);
    }
  };
  const hash: XXHash<bigint> = hashes.create64();
  let text = 0;
  const head = Buffer.from(await input.take(header));
  // The checksum is looked at here: the library is told that there is none.
  head[FLAGS]! &= ~CHECKSUM_FLAG;
  decode(head);
  for (let last = false; !last;) {
    const block = await input.take(BLOCK_HEADER_BYTES);
    const word = block.readUIntLE(0, BLOCK_HEADER_BYTES);
    last = (word & 1) === 1;
    const kind = (word >> 1) & 3;
    if (kind === RESERVED) throw new BrokenData('a block is of no known kind');
    decode(Buffer.concat([block, await input.take(kind === RLE ? 1 : word >> 3)]), last);
    for (const chunk of decoded) {
      hash.update(chunk);
      text += chunk.length;
      // The library's buffer may be used again.
      if (chunk.length > 0) yield Buffer.from(chunk);
    }
    decoded = [];
  }
  if (size !== null && text !== size) throw new BrokenData(`it holds ${text} bytes and declares ${size}`);
  if (!checksum) return;
  const said = (await input.take(CHECKSUM_BYTES)).readUInt32LE(0);
  if (said !== Number(hash.digest() & 0xffffffffn)) throw new BrokenData('its checksum is not that of its text');
}

/** Bytes in the pieces that a format asks for, however they arrive. */
class Input {
  private pending: Buffer = Buffer.alloc(0);
  private readonly chunks: AsyncIterator<Buffer>;

  constructor(bytes: AsyncIterable<Buffer>) {
    this.chunks = bytes[Symbol.asyncIterator]();
  }

  async has(count: number): Promise<boolean> {
    while (this.pending.length < count) {
      const next = await this.chunks.next();
      if (next.done) return false;
      this.pending = this.pending.length === 0 ? next.value : Buffer.concat([this.pending, next.value]);
    }
    return true;
  }

  /** At most so many of the next bytes, which stay. */
  async peek(count: number): Promise<Buffer> {
    await this.has(count);
    return this.pending.subarray(0, count);
  }

  async take(count: number): Promise<Buffer> {
    if (!(await this.has(count))) throw new BrokenData('unexpected end of file');
    const taken = this.pending.subarray(0, count);
    this.pending = this.pending.subarray(count);
    return taken;
  }

  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) left -= (await this.take(Math.min(left, 65_536))).length;
  }
}
