import type { ColumnType } from '../../model/definition/column';
import { jsonStrings, withoutStrings } from './jsonMembers';

const LIMITS = { integer: 2n ** 31n, bigint: 2n ** 63n } as const;
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const MAX_JSON_BYTES = 32 * 1024 * 1024;

/** The literal that PostgreSQL reads for `text` as `type`, or what is wrong with it; the grammar is the table in exactPath.ts. */
export function readLiteral(type: ColumnType, text: string): string | { reason: string } {
  const value = type === 'text' || type === 'json' ? text : withoutSpaces(text);
  switch (type) {
    case 'text':
      if (value.includes('\0')) return { reason: 'NUL in text' };
      return /\p{Surrogate}/u.test(value) ? { reason: 'lone surrogate in text' } : value;
    case 'integer':
    case 'bigint': {
      if (!/^[+-]?\d{1,40}(\.0+)?$/.test(value))
        return { reason: `not ${type === 'integer' ? 'an integer' : 'a bigint'}` };
      const whole = BigInt(value.replace(/\..*/, '').replace('+', ''));
      return whole >= -LIMITS[type] && whole < LIMITS[type] ? whole.toString() : { reason: `out of range for ${type}` };
    }
    case 'float': {
      if (!DECIMAL.test(value)) return { reason: 'not a number' };
      const number = Number(value);
      const zero = !/[1-9]/.test(value.split(/[eE]/)[0]!);
      if (!Number.isFinite(number) || (number === 0 && !zero)) return { reason: 'out of range for float' };
      return zero ? '0' : value;
    }
    case 'numeric': {
      const match = /^[+-]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(value);
      if (!DECIMAL.test(value) || !match) return { reason: 'not a number' };
      return Math.abs(Number(match[3] ?? 0)) > 1_000 || match[1]!.length + (match[2] ?? '').length > 1_000
        ? { reason: 'out of range for numeric' }
        : value;
    }
    case 'boolean':
      if (/^(true|t|1)$/i.test(value)) return 'true';
      return /^(false|f|0)$/i.test(value) ? 'false' : { reason: 'not a boolean' };
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(value) && isRealDay(value) ? value : { reason: 'not a date' };
    case 'timestamptz':
      return moment(value);
    case 'uuid':
      return /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i.test(value) ? value : { reason: 'not a uuid' };
    case 'json':
      return jsonLiteral(value);
  }
}

// JavaScript's own calendar: a day that does not come back as it went in is none.
export function isRealDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(day) && !day.startsWith('0000');
}

function moment(value: string): string | { reason: string } {
  const match =
    /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)? ?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/.exec(value);
  const [, day, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match ?? [];
  if (!day || !isRealDay(day)) return { reason: 'not a timestamp' };
  const offset = /[zZ]/.test(zone) ? '+00:00' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const [hour, minute] = minutes.split(':').map(Number);
  if (
    hour! > 23 ||
    minute! > 59 ||
    Number(seconds) > 59 ||
    Number(offset.slice(1, 3)) > 15 ||
    Number(offset.slice(4)) > 59
  )
    return { reason: 'not a timestamp' };
  return `${day} ${minutes}:${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}${offset}`;
}

export function withoutSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.startsWith(' ', start)) start++;
  while (end > start && text.endsWith(' ', end)) end--;
  return text.slice(start, end);
}

function jsonLiteral(value: string): string | { reason: string } {
  if (Buffer.byteLength(value) > MAX_JSON_BYTES) return { reason: `JSON longer than ${MAX_JSON_BYTES} bytes` };
  try {
    JSON.parse(value);
  } catch {
    return { reason: 'not JSON' };
  }
  // Read from the text: a name that comes twice hides a value from whoever parses, and PostgreSQL reads both.
  let nul = false;
  let surrogate = false;
  for (const literal of jsonStrings(value)) {
    const text = JSON.parse(literal) as string;
    nul ||= text.includes('\0');
    surrogate ||= /\p{Surrogate}/u.test(text);
  }
  if (nul) return { reason: 'NUL in JSON' };
  if (surrogate) return { reason: 'lone surrogate in JSON' };
  const bare = withoutStrings(value);
  let depth = 0;
  let deepest = 0;
  for (const mark of bare) {
    if (mark === '{' || mark === '[') deepest = Math.max(deepest, ++depth);
    if (mark === '}' || mark === ']') depth--;
  }
  if (deepest > 500) return { reason: 'JSON deeper than 500' };
  for (const [number] of bare.matchAll(/-?\d[\d.eE+-]*/g)) {
    const exponent = Math.abs(Number(/[eE](.*)/.exec(number)?.[1] ?? 0));
    if (number.length > 1_000 || exponent > 1_000) return { reason: 'number out of range in JSON' };
  }
  return value;
}
