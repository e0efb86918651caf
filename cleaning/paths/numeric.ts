import type { Output } from '../output';

const MAX_DIGITS = 1_000;
const NEGATIVE = 0x4000;

/** Writes a decimal in PostgreSQL's binary form: digits in base 10,000, weight, sign and scale; the scale is kept (1.50 stays 1.50). */
export function numericField(text: string, out: Output): string | null {
  const [, sign, whole = '', fraction = '', exponentText = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(
    text,
  )!;
  const exponent = Number(exponentText);
  if (Math.abs(exponent) > MAX_DIGITS || whole.length + fraction.length > MAX_DIGITS) return 'out of range for numeric';
  // Move the point by the exponent, as PostgreSQL does: 1.5e1 is 15, 1.5e-1 is 0.15.
  const digits = whole + fraction;
  const point = whole.length + exponent;
  const left = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0');
  const right = point >= digits.length ? '' : point < 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  const scale = Math.max(0, fraction.length - exponent);
  const groups = [...inFours(left.replace(/^0+/, ''), true), ...inFours(right, false)];
  let weight = Math.ceil(left.replace(/^0+/, '').length / 4) - 1;
  while (groups[0] === 0) {
    groups.shift();
    weight--;
  }
  while (groups.at(-1) === 0) groups.pop();
  out.room(groups.length * 2 + 12);
  out.int32(8 + groups.length * 2);
  out.int16(groups.length);
  out.int16(groups.length === 0 ? 0 : weight);
  out.int16(sign === '-' && groups.length > 0 ? NEGATIVE : 0);
  out.int16(scale);
  for (const group of groups) out.int16(group);
  return null;
}

function inFours(digits: string, left: boolean): number[] {
  const length = Math.ceil(digits.length / 4) * 4;
  const padded = left ? digits.padStart(length, '0') : digits.padEnd(length, '0');
  return Array.from({ length: length / 4 }, (_, i) => Number(padded.slice(i * 4, i * 4 + 4)));
}
