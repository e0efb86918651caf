import type { FormatField, FormatPart } from '../../model/time/momentFormat';
import { MONTHS } from '../../model/time/momentFormat';
import { daysFrom2000, isDay } from '../calendar';

const ZERO = 48;
/** Offsets beyond this PostgreSQL does not take. */
const MOST_HOURS = 15;

const FIELDS: Readonly<Record<FormatField, number>> = {
  ...{ year: 0, year2: 1, month: 2, monthName: 3, day: 4, hour: 5, hour12: 6, half: 7 },
  ...{ minute: 8, clock: 9, second: 10, fraction: 11, offset: 12 },
};

/** A piece that is one byte which stands there. */
const LITERAL = -1;

/** A format whose fields all have two digits, or four: where they begin. */
interface Fixed {
  readonly length: number;
  /** Place and byte, one pair after the other. */
  readonly literals: readonly number[];
  /** Of century, year, month, day, hour, minute and second; -1 where there is none. */
  readonly places: readonly number[];
}

function fixedLayout(parts: readonly FormatPart[]): Fixed | null {
  const literals: number[] = [];
  const places = [-1, -1, -1, -1, -1, -1, -1];
  let at = 0;
  for (const part of parts) {
    if ('literal' in part) for (const byte of Buffer.from(part.literal)) literals.push(at++, byte);
    else {
      const place = ['year', '', 'month', 'day', 'hour', 'minute', 'second'].indexOf(part.field);
      if (place === -1 || part.min !== part.max) return null;
      places[place] = at;
      if (place === 0) places[1] = at + 2;
      at += part.max;
    }
  }
  return { length: at, literals, places };
}

// Two digits at a place, 0 where there is none; where one is no digit, a number so negative that its sum is too.
const two = (bytes: Buffer, start: number, place: number): number => {
  if (place === -1) return 0;
  const tens = bytes[start + place]! - ZERO;
  const ones = bytes[start + place + 1]! - ZERO;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -10_000 : tens * 10 + ones;
};

/** Reads days and moments that are written in one format, from bytes and without making a value. */
export class WrittenMoment {
  /** Of the last that was read: days from 2000, seconds of that day (86,400 at its end), and microseconds. */
  days = 0;
  seconds = 0;
  micros = 0;
  /** Minutes from UTC, where the format has an offset. */
  offset = 0;
  /** True when its second is a 60th. */
  leap = false;
  // Piece by piece: its field or LITERAL, the byte that stands there, or from how many digits to how many.
  private readonly fields: Int8Array;
  private readonly bytes: Uint8Array;
  private readonly least: Uint8Array;
  private readonly most: Uint8Array;
  private readonly values = new Int32Array(13);
  private readonly fixed: Fixed | null;
  private lastDay = -1;
  private readonly yearField: number;
  private readonly monthField: number;
  private readonly isClock: boolean;

  constructor(parts: readonly FormatPart[]) {
    const has = (field: FormatField): boolean => parts.some((part) => 'field' in part && part.field === field);
    this.yearField = FIELDS[has('year2') ? 'year2' : 'year'];
    this.monthField = FIELDS[has('monthName') ? 'monthName' : 'month'];
    this.isClock = has('clock');
    this.fixed = fixedLayout(parts);
    const pieces = parts.flatMap((part) =>
      'literal' in part
        ? [...Buffer.from(part.literal)].map((byte) => ({ field: LITERAL, byte, min: 0, max: 0 }))
        : [{ field: FIELDS[part.field], byte: 0, min: part.min, max: part.max }],
    );
    this.fields = Int8Array.from(pieces, ({ field }) => field);
    this.bytes = Uint8Array.from(pieces, ({ byte }) => byte);
    this.least = Uint8Array.from(pieces, ({ min }) => min);
    this.most = Uint8Array.from(pieces, ({ max }) => max);
  }

  /** False when [start, end) is not written so, or is no real day or time of day. */
  read(bytes: Buffer, start: number, end: number): boolean {
    if (this.fixed !== null) return this.readFixed(this.fixed, bytes, start, end);
    const { fields, least, most, values } = this;
    values[FIELDS.month] = values[FIELDS.hour] = values[FIELDS.minute] = values[FIELDS.second] = 0;
    values[FIELDS.fraction] = values[FIELDS.offset] = 0;
    values[FIELDS.half] = -1;
    let at = start;
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      if (field === LITERAL) {
        // What is behind the end is told by where the last piece ends.
        if (bytes[at++] !== this.bytes[i]) return false;
        continue;
      }
      const max = most[i]!;
      if (max === 0) {
        at = this.word(field, bytes, at, end);
        if (at === -1) return false;
        continue;
      }
      const from = at;
      const limit = at + max < end ? at + max : end;
      let value = 0;
      for (; at < limit; at++) {
        const digit = bytes[at]! - ZERO;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      if (at - from < least[i]!) return false;
      values[field] = field === FIELDS.fraction ? fractionOf(value, at - from) : value;
    }
    return at === end && this.settle();
  }

  // Each field at its place: as quick as ISO 8601.
  private readFixed(fixed: Fixed, bytes: Buffer, start: number, end: number): boolean {
    if (end - start !== fixed.length) return false;
    const { literals, places } = fixed;
    for (let i = 0; i < literals.length; i += 2) if (bytes[start + literals[i]!] !== literals[i + 1]) return false;
    const year = two(bytes, start, places[0]!) * 100 + two(bytes, start, places[1]!);
    const month = two(bytes, start, places[2]!);
    const day = two(bytes, start, places[3]!);
    const hour = two(bytes, start, places[4]!);
    const minute = two(bytes, start, places[5]!);
    const second = two(bytes, start, places[6]!);
    if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0) return false;
    return this.real(year, month, day, hour, minute, second);
  }

  private settle(): boolean {
    const { values } = this;
    let year = values[this.yearField]!;
    if (this.yearField === FIELDS.year2) year += year < 70 ? 2_000 : 1_900;
    const month = values[this.monthField]!;
    const day = values[FIELDS.day]!;
    let hour = values[FIELDS.hour]!;
    let minute = values[FIELDS.minute]!;
    if (this.isClock) {
      const clock = values[FIELDS.clock]!;
      hour = Math.floor(clock / 100);
      minute = clock % 100;
    }
    const half = values[FIELDS.half]!;
    if (half >= 0) {
      const twelve = values[FIELDS.hour12]!;
      if (twelve < 1 || twelve > 12) return false;
      hour = (twelve % 12) + half * 12;
    }
    const second = values[FIELDS.second]!;
    this.micros = values[FIELDS.fraction]!;
    this.offset = values[FIELDS.offset]!;
    return this.real(year, month, day, hour, minute, second);
  }

  private real(year: number, month: number, day: number, hour: number, minute: number, second: number): boolean {
    if (hour > 24 || minute > 59 || second > 60) return false;
    // The end of a day is the next one's start.
    if (hour === 24 && (minute > 0 || second > 0 || this.micros > 0)) return false;
    const packed = year * 512 + month * 32 + day;
    if (packed !== this.lastDay) {
      if (!isDay(year, month, day)) return false;
      this.lastDay = packed;
      this.days = daysFrom2000(year, month, day);
    }
    this.leap = second === 60;
    this.seconds = hour * 3_600 + minute * 60 + second;
    return true;
  }

  // A name, AM or PM, or an offset: behind it, or -1.
  private word(field: number, bytes: Buffer, at: number, end: number): number {
    if (field === FIELDS.offset) return this.offsetAt(bytes, at, end);
    const length = field === FIELDS.half ? 2 : 3;
    if (at + length > end) return -1;
    const name = bytes.toString('latin1', at, at + length).toLowerCase();
    const place = field === FIELDS.half ? ['am', 'pm'].indexOf(name) : MONTHS.indexOf(name) + 1;
    if (place < (field === FIELDS.half ? 0 : 1)) return -1;
    this.values[field] = place;
    return at + length;
  }

  // Z, ±HH, ±HHMM or ±HH:MM.
  private offsetAt(bytes: Buffer, at: number, end: number): number {
    const sign = bytes[at];
    if (at >= end) return -1;
    if (sign === 90 || sign === 122) return at + 1;
    const match = /^([+-])(\d\d)(?::?(\d\d))?/.exec(bytes.toString('latin1', at, Math.min(end, at + 6)));
    if (!match || Number(match[2]) > MOST_HOURS || Number(match[3] ?? 0) > 59) return -1;
    this.values[FIELDS.offset] = (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0));
    return at + match[0].length;
  }
}

// Digits behind the second's point as microseconds; finer ones are cut off.
const fractionOf = (value: number, digits: number): number =>
  digits <= 6 ? value * 10 ** (6 - digits) : Math.floor(value / 10 ** (digits - 6));
