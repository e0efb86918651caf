import type { ColumnType } from '../../model/definition/column';
import type { LocalTime } from '../../model/time/localTime';
import { EPOCH_2000_MS, daysFrom2000, isDay } from '../calendar';
import type { Output } from '../output';
import { jsonRejection } from './jsonText';
import { numericField } from './numeric';
import { neverOrTwice } from '../words/reasons';

/**
 * Writes a field's text exactly as its type reads it, or says why it cannot: the last word on what the fast path left open.
 *
 * | type | accepted (spaces around are allowed, but for text) |
 * | --- | --- |
 * | text | valid UTF-8 without NUL |
 * | integer, bigint | digits with a sign and perhaps `.0`, within 32 or 64 bits |
 * | float | decimal, perhaps with exponent; finite, and not so small that it would become 0 |
 * | numeric | decimal, perhaps with exponent of at most 1,000; at most 1,000 digits |
 * | boolean | true false t f 1 0, in any case |
 * | date | YYYY-MM-DD, a real day of the years 1 to 9999 |
 * | timestamptz | a date, or one with `T` or a space, HH:MM[:SS[.f]] and perhaps Z, ±HH, ±HHMM or ±HH:MM; no zone is UTC; finer than a microsecond is cut off |
 * | uuid | 8-4-4-4-12 hexadecimal digits |
 * | json | JSON without \u0000, lone surrogates or numbers beyond 1,000 digits; at most 500 deep and 32 MB long |
 */
export type ExactPath = (text: string, out: Output) => string | null;

// By hand: a regular expression for the end looks at each run of spaces once for each of its spaces.
export function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === ' ') start++;
  while (end > start && text[end - 1] === ' ') end--;
  return text.slice(start, end);
}
const wholeNumber = (text: string): bigint | null => {
  const match = /^([+-]?\d{1,40})(?:\.0+)?$/.exec(trimmed(text));
  return match ? BigInt(match[1]!.replace('+', '')) : null;
};

const integer: ExactPath = (text, out) => {
  const value = wholeNumber(text);
  if (value === null) return 'not an integer';
  if (value < -(2n ** 31n) || value >= 2n ** 31n) return 'out of range for integer';
  out.field32(Number(value));
  return null;
};

const bigint: ExactPath = (text, out) => {
  const value = wholeNumber(text);
  if (value === null) return 'not a bigint';
  if (value < -(2n ** 63n) || value >= 2n ** 63n) return 'out of range for bigint';
  out.fieldBig(value);
  return null;
};

// No digit can be matched in two ways, or a million of them would be tried in a million ways.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const float: ExactPath = (text, out) => {
  const plain = trimmed(text);
  if (!DECIMAL.test(plain)) return 'not a number';
  const value = Number(plain);
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(plain.replace(/[eE].*/, ''))))
    return 'out of range for float';
  out.fieldDouble(value);
  return null;
};

const numeric: ExactPath = (text, out) => {
  const plain = trimmed(text);
  return DECIMAL.test(plain) ? numericField(plain, out) : 'not a number';
};

const boolean: ExactPath = (text, out) => {
  const word = trimmed(text).toLowerCase();
  const value = ['true', 't', '1'].includes(word) ? 1 : ['false', 'f', '0'].includes(word) ? 0 : null;
  if (value === null) return 'not a boolean';
  out.int32(1);
  out.bytes[out.at++] = value;
  return null;
};

const date: ExactPath = (text, out) => {
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(trimmed(text)) ?? []).map(Number);
  if (year === undefined || !isDay(year, month!, day!)) return 'not a date';
  out.field32(daysFrom2000(year, month!, day!));
  return null;
};

const MOMENT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)? ?([Zz]|[+-]\d\d(?::?\d\d)?)?)?$/;

/** Moments of ISO 8601; those without an offset are of UTC, or of the clocks of a zone. */
export const isoMoment =
  (local: LocalTime | null, zone: string): ExactPath =>
  (text, out) => {
    const match = MOMENT.exec(trimmed(text));
    if (!match) return 'not a timestamp';
    const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const offset = offsetMinutes(match[8]);
    if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59 || offset === null)
      return 'not a timestamp';
    let seconds = daysFrom2000(year, month, day) * 86_400 + hour * 3_600 + (minute - offset) * 60 + second;
    if (local && match[8] === undefined) {
      seconds = utcSeconds(local, seconds);
      if (Number.isNaN(seconds)) return neverOrTwice(local.times, zone);
    }
    out.fieldBig(BigInt(seconds) * 1_000_000n + BigInt((match[7] ?? '').slice(0, 6).padEnd(6, '0')));
    return null;
  };
const timestamptz = isoMoment(null, 'UTC');

/** Seconds from 2000 in UTC of local ones; NaN where clocks never showed them, or twice. */
export const utcSeconds = (local: LocalTime, seconds: number): number =>
  (local.millis(seconds * 1_000 + EPOCH_2000_MS) - EPOCH_2000_MS) / 1_000;

function offsetMinutes(zone: string | undefined): number | null {
  if (!zone || /z/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  // PostgreSQL's own bound.
  if (hours > 15 || minutes > 59) return null;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

const uuid: ExactPath = (text, out) => {
  const plain = trimmed(text);
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(plain)) return 'not a uuid';
  out.int32(16);
  out.at += out.bytes.write(plain.replaceAll('-', ''), out.at, 'hex');
  return null;
};

const text: ExactPath = (value, out) => {
  if (value.includes('\0')) return 'NUL in text';
  if (/\p{Surrogate}/u.test(value)) return 'lone surrogate in text';
  out.fieldText(value);
  return null;
};

const json: ExactPath = (value, out) => {
  const bytes = Buffer.from(value);
  const fault = jsonRejection(bytes, 0, bytes.length, /\p{Surrogate}/u.test(value));
  if (fault) return fault;
  out.room(bytes.length + 5);
  out.fieldJson(bytes, 0, bytes.length);
  return null;
};

/** The exact path of each column type. */
export const EXACT_PATHS: Readonly<Record<ColumnType, ExactPath>> = {
  text,
  integer,
  bigint,
  float,
  numeric,
  boolean,
  date,
  timestamptz,
  uuid,
  json,
};
