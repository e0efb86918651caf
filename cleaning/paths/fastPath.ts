import type { ColumnType } from '../../model/definition/column';
import type { LocalTime } from '../../model/time/localTime';
import { EPOCH_2000_MS, daysFrom2000, isDay } from '../calendar';
import { isSureJson } from './jsonText';
import type { FastPath } from './fieldPaths';
import { numericFast } from './numericFast';

const ZERO = 48;
const MINUS = 45;

/** Up to 15 digits with a minus, so that a double holds them exactly; NaN for anything else. */
function shortInteger(bytes: Buffer, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  if (at >= end || end - at > 15) return NaN;
  let value = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

const integer: FastPath = (bytes, start, end, out) => {
  const value = shortInteger(bytes, start, end);
  // NaN fails both comparisons.
  if (!(value >= -2_147_483_648 && value <= 2_147_483_647)) return false;
  out.field32(value);
  return true;
};

const bigint: FastPath = (bytes, start, end, out) => {
  const value = shortInteger(bytes, start, end);
  if (Number.isNaN(value)) return false;
  out.field64(value);
  return true;
};

const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);

const POINT = 46;

/** At most 15 digits: numerator and power of ten are both exact, so their quotient is the correctly rounded double (Clinger, 1990). `mark` is what the fraction stands behind. */
export const floatFast =
  (mark: number): FastPath =>
  (bytes, start, end, out) => {
    let at = start;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    if (at >= end || end - at > 16) return false;
    let value = 0;
    let digits = 0;
    let point = -1;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === mark && point === -1 && digits > 0) {
        point = digits;
        continue;
      }
      const digit = byte - ZERO;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
      digits++;
    }
    if (digits > 15 || point === digits) return false;
    if (point !== -1) value /= POWERS[digits - point]!;
    out.fieldDouble(negative ? -value : value);
    return true;
  };

const boolean: FastPath = (bytes, start, end, out) => {
  let value: number;
  if (end - start === 1 && (bytes[start] === 49 || bytes[start] === 116)) value = 1;
  else if (end - start === 1 && (bytes[start] === 48 || bytes[start] === 102)) value = 0;
  else if (end - start === 4 && bytes.toString('latin1', start, end) === 'true') value = 1;
  else if (end - start === 5 && bytes.toString('latin1', start, end) === 'false') value = 0;
  else return false;
  out.int32(1);
  out.bytes[out.at++] = value;
  return true;
};

// The two digits at `at` as a number; where one is no digit, a number so negative that every sum it goes into is refused below.
const two = (bytes: Buffer, at: number): number => {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -10_000 : tens * 10 + ones;
};

// The day of the last call, since neighbours share theirs.
let lastDay = -1;
let lastDays = 0;

function dayAt(bytes: Buffer, start: number): number {
  if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return NaN;
  const year = two(bytes, start) * 100 + two(bytes, start + 2);
  const month = two(bytes, start + 5);
  const day = two(bytes, start + 8);
  if (year < 0 || month < 0 || day < 0) return NaN;
  const packed = year * 512 + month * 32 + day;
  if (packed === lastDay) return lastDays;
  if (!isDay(year, month, day)) return NaN;
  lastDay = packed;
  return (lastDays = daysFrom2000(year, month, day));
}

const date: FastPath = (bytes, start, end, out) => {
  if (end - start !== 10) return false;
  const days = dayAt(bytes, start);
  if (Number.isNaN(days)) return false;
  out.field32(days);
  return true;
};

/** YYYY-MM-DD[T ]HH:MM:SS with nothing or Z behind it, in the years whose microseconds a double holds exactly; those without Z are of UTC, or of a zone's clocks. */
export const isoFast =
  (local: LocalTime | null): FastPath =>
  (bytes, start, end, out) => {
    const length = end - start;
    if (length !== 19 && !(length === 20 && bytes[end - 1] === 90)) return false;
    const between = bytes[start + 10];
    if ((between !== 84 && between !== 32) || bytes[start + 13] !== 58 || bytes[start + 16] !== 58) return false;
    const days = dayAt(bytes, start);
    const hour = two(bytes, start + 11);
    const minute = two(bytes, start + 14);
    const second = two(bytes, start + 17);
    if (
      !(days > -104_000 && days < 104_000) ||
      hour < 0 ||
      hour > 23 ||
      minute < 0 ||
      minute > 59 ||
      second < 0 ||
      second > 59
    )
      return false;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    if (local !== null && length === 19)
      seconds = (local.millis(seconds * 1_000 + EPOCH_2000_MS) - EPOCH_2000_MS) / 1_000;
    // NaN of a time that clocks skipped, or showed twice.
    if (Number.isNaN(seconds)) return false;
    out.field64(seconds * 1e6);
    return true;
  };
const timestamptz = isoFast(null);

const HEX = new Int8Array(256).fill(-1);
for (let i = 0; i < 16; i++) {
  HEX['0123456789abcdef'.charCodeAt(i)] = i;
  HEX['0123456789ABCDEF'.charCodeAt(i)] = i;
}

const uuid: FastPath = (bytes, start, end, out) => {
  if (end - start !== 36) return false;
  let write = out.at + 4;
  for (let i = 0; i < 36; i++) {
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (bytes[start + i] !== MINUS) return false;
      continue;
    }
    const high = HEX[bytes[start + i]!]!;
    const low = HEX[bytes[start + ++i]!]!;
    if (high < 0 || low < 0) return false;
    out.bytes[write++] = high * 16 + low;
  }
  out.int32(16);
  out.at += 16;
  return true;
};

// ASCII without NUL.
const text: FastPath = (bytes, start, end, out) => {
  const target = out.bytes;
  let write = out.at + 4;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === 0 || byte > 127) return false;
    target[write++] = byte;
  }
  out.int32(end - start);
  out.at = write;
  return true;
};

const json: FastPath = (bytes, start, end, out) => {
  if (!isSureJson(bytes, start, end)) return false;
  out.room(end - start + 5);
  out.fieldJson(bytes, start, end);
  return true;
};

/** The sure path of each column type. */
export const FAST_PATHS: Readonly<Record<ColumnType, FastPath>> = {
  text,
  integer,
  bigint,
  float: floatFast(POINT),
  numeric: numericFast(POINT),
  boolean,
  date,
  timestamptz,
  uuid,
  json,
};
