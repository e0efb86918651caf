/** A number to the digit: a whole one that a double holds, or `digits` with `scale` of them behind the point. */
export type Exact = number | { readonly digits: bigint; readonly scale: number };

const big = (value: Exact): { readonly digits: bigint; readonly scale: number } =>
  typeof value === 'number' ? { digits: BigInt(value), scale: 0 } : value;

// Both as whole numbers of one unit.
function aligned(a: Exact, b: Exact): [a: bigint, b: bigint, scale: number] {
  const [left, right] = [big(a), big(b)];
  const scale = Math.max(left.scale, right.scale);
  return [left.digits * power(scale - left.scale), right.digits * power(scale - right.scale), scale];
}

const POWERS = [1n];
function power(of: number): bigint {
  return (POWERS[of] ??= 10n ** BigInt(of));
}

/** Below 0, 0, or above it: how `a` compares with `b`. */
export function compareExact(a: Exact, b: Exact): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = aligned(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}

export function plus(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a + b)) return a + b;
  const [left, right, scale] = aligned(a, b);
  return { digits: left + right, scale };
}

export const negative = (a: Exact): Exact => (typeof a === 'number' ? 0 - a : { digits: -a.digits, scale: a.scale });

export function times(a: Exact, b: Exact): Exact {
  if (typeof a === 'number' && typeof b === 'number' && Number.isSafeInteger(a * b)) return a * b + 0;
  const [left, right] = [big(a), big(b)];
  return { digits: left.digits * right.digits, scale: left.scale + right.scale };
}

/** Of a literal: digits with perhaps a point and an exponent. */
export function exactOf(text: string): Exact {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const digits = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction}`);
  const scale = fraction.length - Number(exponent);
  if (scale === 0 && Number.isSafeInteger(Number(digits))) return Number(digits);
  return scale >= 0 ? { digits, scale } : { digits: digits * power(-scale), scale: 0 };
}

/** Of 64 bits at `at`. */
export function exactBigint(bytes: Buffer, at: number): Exact {
  const value = bytes.readInt32BE(at) * 4_294_967_296 + bytes.readUInt32BE(at + 4);
  return Number.isSafeInteger(value) ? value : { digits: bytes.readBigInt64BE(at), scale: 0 };
}

/** Of PostgreSQL's binary numeric at `at`: groups of four digits, the weight of the first, the sign, how many digits behind the point. */
export function exactNumeric(bytes: Buffer, at: number): Exact {
  const [count, weight] = [bytes.readInt16BE(at), bytes.readInt16BE(at + 2)];
  const sign = bytes.readUInt16BE(at + 4) === 0 ? 1 : -1;
  // What stands behind the point of the last group.
  const groupsBehind = count - weight - 1;
  if (count <= 3) {
    let small = 0;
    for (let i = 0; i < count; i++) small = small * 10_000 + bytes.readInt16BE(at + 8 + i * 2);
    return scaled(BigInt(sign * small), groupsBehind);
  }
  let digits = 0n;
  for (let i = 0; i < count; i++) digits = digits * 10_000n + BigInt(bytes.readInt16BE(at + 8 + i * 2));
  return scaled(sign < 0 ? -digits : digits, groupsBehind);
}

const scaled = (digits: bigint, groupsBehind: number): Exact =>
  groupsBehind >= 0 ? { digits, scale: groupsBehind * 4 } : { digits: digits * power(-groupsBehind * 4), scale: 0 };
