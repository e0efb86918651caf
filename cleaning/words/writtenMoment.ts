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

/** A piece of a format, as the bytes it stands for or as a field with its digits. */
interface Piece {
  readonly literal: Buffer | null;
  readonly field: number;
  readonly min: number;
  readonly max: number;
}

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
  private readonly pieces: readonly Piece[];
  private readonly values = new Float64Array(13);
  private lastDay = -1;
  private readonly yearField: number;
  private readonly monthField: number;
  private readonly isClock: boolean;

  constructor(parts: readonly FormatPart[]) {
    const has = (field: FormatField): boolean => parts.some((part) => 'field' in part && part.field === field);
    this.yearField = FIELDS[has('year2') ? 'year2' : 'year'];
    this.monthField = FIELDS[has('monthName') ? 'monthName' : 'month'];
    this.isClock = has('clock');
    this.pieces = parts.map((part) =>
      'literal' in part
        ? { literal: Buffer.from(part.literal), field: -1, min: 0, max: 0 }
        : { literal: null, field: FIELDS[part.field], min: part.min, max: part.max },
    );
  }

  /** False when [start, end) is not written so, or is no real day or time of day. */
  read(bytes: Buffer, start: number, end: number): boolean {
    const { pieces, values } = this;
    values[FIELDS.month] = values[FIELDS.hour] = values[FIELDS.minute] = values[FIELDS.second] = 0;
    values[FIELDS.fraction] = values[FIELDS.offset] = 0;
    values[FIELDS.half] = -1;
    let at = start;
    for (let i = 0; i < pieces.length; i++) {
      const { literal, field, min, max } = pieces[i]!;
      if (literal !== null) {
        if (at + literal.length > end) return false;
        for (let j = 0; j < literal.length; j++) if (bytes[at++] !== literal[j]) return false;
      } else if (max > 0) {
        let value = 0;
        let count = 0;
        for (let digit; count < max && at < end; count++, at++) {
          digit = bytes[at]! - ZERO;
          if (digit < 0 || digit > 9) break;
          value = value * 10 + digit;
        }
        if (count < min) return false;
        values[field] = field === FIELDS.fraction ? fractionOf(value, count) : value;
      } else {
        at = this.word(field, bytes, at, end);
        if (at === -1) return false;
      }
    }
    return at === end && this.settle();
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
