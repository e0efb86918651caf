/**
 * The order of origins, where it decides which of two rows of one key counts: by bytes, but numbers as numbers, so that `v9` is before `v10`.
 * The same rule as `weir.origin_key` in the ledger, written another way.
 */
export function compareOrigins(a: string, b: string): number {
  const [left, right] = [tokens(a), tokens(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareTokens(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  // Alike but for leading zeros, or one is the beginning of the other.
  return left.length - right.length || bytesOrder(a, b);
}

const tokens = (text: string): string[] => text.match(/[0-9]+|[^0-9]/gu) ?? [];

function compareTokens(a: string, b: string): number {
  if (!/^[0-9]/.test(a) || !/^[0-9]/.test(b)) return bytesOrder(a, b);
  const [x, y] = [BigInt(a), BigInt(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

const bytesOrder = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
