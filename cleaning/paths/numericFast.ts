import type { FastPath } from './fieldPaths';

const ZERO = 48;
const MINUS = 45;
const NEGATIVE = 0x4000;
const GROUP = 10_000;
/** So many digits a double holds exactly; behind the point, with the zeros that fill its last group. */
const MOST_WHOLE = 15;
const MOST_FRACTION = 12;
const FILL = [1, 1_000, 100, 10];

const groups = new Int32Array(8);

/** Decimals of up to 15 digits before the mark and 12 behind it, in PostgreSQL's binary form: groups of four digits, weight, sign, scale. */
export const numericFast =
  (mark: number): FastPath =>
  (bytes, start, end, out) => {
    let at = start;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const first = at;
    let whole = 0;
    let byte = 0;
    for (; at < end && (byte = bytes[at]!) !== mark; at++) {
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) return false;
      whole = whole * 10 + digit;
    }
    if (at === first || at - first > MOST_WHOLE) return false;
    let fraction = 0;
    let scale = 0;
    if (at < end) {
      scale = end - at - 1;
      if (scale === 0 || scale > MOST_FRACTION) return false;
      while (++at < end) {
        const digit = bytes[at]! - ZERO;
        if (digit < 0 || digit > 9) return false;
        fraction = fraction * 10 + digit;
      }
    }
    // Groups from the last to the first.
    let count = 0;
    for (let left = (scale + 3) >> 2, rest = fraction * FILL[scale & 3]!; left > 0; left--) {
      const next = Math.floor(rest / GROUP);
      groups[count++] = rest - next * GROUP;
      rest = next;
    }
    let weight = -1;
    for (let rest = whole; rest > 0; weight++) {
      const next = Math.floor(rest / GROUP);
      groups[count++] = rest - next * GROUP;
      rest = next;
    }
    let from = 0;
    while (from < count && groups[from] === 0) from++;
    while (count > from && groups[count - 1] === 0) {
      count--;
      weight--;
    }
    const kept = count - from;
    out.int32(8 + kept * 2);
    out.int16(kept);
    out.int16(kept === 0 ? 0 : weight);
    out.int16(negative && kept > 0 ? NEGATIVE : 0);
    out.int16(scale);
    while (count > from) out.int16(groups[--count]!);
    return true;
  };
