/** Order-free sums of two 32-bit hashes of rows: the same sums, the same rows, but for one chance in 2^64. */
export interface RowSums {
  low: number;
  high: number;
}

/**
 * Adds the hash of the row whose bytes lie in [start, end) to `sums`. Sums of whole numbers below 2^32: exact for two million rows a window and segment.
 * A sum and not an xor, since pairs of equal rows would cancel.
 * @see Appleby, MurmurHash3, 2011: its finalizer mixes each lane; the lanes take the words with multipliers of their own.
 */
export function addRow(sums: RowSums, bytes: DataView, start: number, end: number): void {
  let a = end - start;
  let b = ~a;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const word = bytes.getInt32(at, true);
    a = Math.imul(a ^ word, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(((b << 13) | (b >>> 19)) + word, 0x85ebca77);
  }
  for (; at < end; at++) {
    const byte = bytes.getUint8(at);
    a = Math.imul(a ^ byte, 0x9e3779b1);
    b = Math.imul(((b << 13) | (b >>> 19)) + byte, 0x85ebca77);
  }
  sums.low += finish(a);
  sums.high += finish(b ^ (b >>> 15));
}

function finish(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
