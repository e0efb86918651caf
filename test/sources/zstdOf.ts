import { createRequire } from 'node:module';
import type { XXHashAPI } from 'xxhash-wasm' with { 'resolution-mode': 'import' };

const hashes = (createRequire(__filename)('xxhash-wasm') as () => Promise<XXHashAPI>)();
const BLOCK = 128 * 1024;

/** A frame of zstd that holds `text` as it is, with its checksum; a block of one repeated byte takes four bytes. */
export async function zstdOf(text: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [Buffer.from('28b52ffd0440', 'hex')];
  const hash = (await hashes).create64();
  for (let at = 0; at < text.length || at === 0; at += BLOCK) {
    const block = text.subarray(at, at + BLOCK);
    const last = at + BLOCK >= text.length;
    const same = block.length > 1 && block.every((byte) => byte === block[0]);
    parts.push(blockOf(same ? block.subarray(0, 1) : block, block.length, same, last));
    hash.update(block);
  }
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(Number(hash.digest() & 0xffffffffn));
  return Buffer.concat([...parts, sum]);
}

/** A frame without a checksum of so many blocks of 128 kB, each of one byte repeated: a bomb. */
export function bombOf(blocks: number): Buffer {
  const one = blockOf(Buffer.from('a'), BLOCK, true, false);
  const all = Array.from({ length: blocks - 1 }, () => one);
  return Buffer.concat([Buffer.from('28b52ffd0040', 'hex'), ...all, blockOf(Buffer.from('a'), BLOCK, true, true)]);
}

function blockOf(bytes: Buffer, size: number, same: boolean, last: boolean): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((size << 3) | (same ? 2 : 0) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([head, bytes]);
}
