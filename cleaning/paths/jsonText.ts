const MAX_DEPTH = 500;
const MAX_NUMBER_LENGTH = 1_000;

/** Why PostgreSQL's jsonb would not take this text, or null when it surely does. */
export function jsonRejection(text: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  if (/\\u0000/i.test(text) && holdsNul(value)) return 'NUL in JSON';
  if (!deepText(value, (part) => !/\p{Surrogate}/u.test(part))) return 'lone surrogate in JSON';
  if (depth(value) > MAX_DEPTH) return `JSON deeper than ${MAX_DEPTH}`;
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  for (const [number] of outside.matchAll(/-?\d[\d.eE+-]*/g)) {
    const exponent = Math.abs(Number(/[eE]([+-]?\d+)/.exec(number)?.[1] ?? 0));
    if (number.length > MAX_NUMBER_LENGTH || exponent > MAX_NUMBER_LENGTH) return 'number out of range in JSON';
  }
  return null;
}

const holdsNul = (value: unknown): boolean => !deepText(value, (part) => !part.includes('\0'));

// True when `holds` is true of every text and key in `value`.
function deepText(value: unknown, holds: (text: string) => boolean): boolean {
  if (typeof value === 'string') return holds(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, part]) => holds(key) && deepText(part, holds));
}

function depth(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depth));
}
