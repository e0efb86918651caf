import type { ColumnFacts } from '../../model/definition/column';
import type { FormatPart } from '../../model/time/momentFormat';
import { momentFormat } from '../../model/time/momentFormat';
import { LocalTime } from '../../model/time/localTime';
import { EPOCH_2000_MS } from '../calendar';
import type { Output } from '../output';
import type { ExactPath } from '../paths/exactPath';
import { isoMoment, trimmed, utcSeconds } from '../paths/exactPath';
import { isoFast } from '../paths/fastPath';
import type { FastPath, Paths } from '../paths/fieldPaths';
import { LEAP, neverOrTwice, notWritten } from './reasons';
import { WrittenMoment } from './writtenMoment';

/** How the moments and days of a column with words are read: in a format, by the clocks of a zone, or as a number. */
export function momentPaths({ type, words = {} }: ColumnFacts): Paths {
  const { format, zone, ambiguous, epoch } = words;
  if (epoch !== undefined) return epochPaths(epoch === 's' ? 0 : 3);
  const local = zone === undefined ? null : new LocalTime(zone, ambiguous);
  if (format === undefined) return { fast: isoFast(local), exact: isoMoment(local, zone ?? 'UTC') };
  const parts = momentFormat(format);
  return type === 'date' ? dayPaths(parts, format) : writtenPaths(parts, format, local, zone ?? 'UTC');
}

// Bytes stand for themselves in every encoding where they are ASCII.
const isAscii = (parts: readonly FormatPart[]): boolean =>
  parts.every((part) => 'field' in part || /^[\x00-\x7f]*$/.test(part.literal));
const never: FastPath = () => false;

function dayPaths(parts: readonly FormatPart[], format: string): Paths {
  const written = new WrittenMoment(parts);
  const fast: FastPath = (bytes, start, end, out) => {
    if (!written.read(bytes, start, end)) return false;
    out.field32(written.days);
    return true;
  };
  const exact: ExactPath = (text, out) => {
    const bytes = Buffer.from(trimmed(text));
    return fast(bytes, 0, bytes.length, out) ? null : notWritten('date', format);
  };
  return { fast: isAscii(parts) ? fast : never, exact };
}

function writtenPaths(parts: readonly FormatPart[], format: string, local: LocalTime | null, zone: string): Paths {
  const written = new WrittenMoment(parts);
  const read = (bytes: Buffer, start: number, end: number, out: Output): string | null => {
    if (!written.read(bytes, start, end)) return notWritten('timestamp', format);
    if (written.leap) return LEAP;
    let seconds = written.days * 86_400 + written.seconds - written.offset * 60;
    if (local !== null) {
      seconds = utcSeconds(local, seconds);
      if (Number.isNaN(seconds)) return neverOrTwice(local.times, zone);
    }
    writeMoment(out, seconds, written.micros);
    return null;
  };
  return {
    fast: isAscii(parts) ? (bytes, start, end, out) => read(bytes, start, end, out) === null : never,
    exact: (text, out) => {
      const bytes = Buffer.from(trimmed(text));
      return read(bytes, 0, bytes.length, out);
    },
  };
}

/** A timestamptz from seconds from 2000, perhaps beyond what a double holds in microseconds. */
function writeMoment(out: Output, seconds: number, micros: number): void {
  if (seconds > -8.9e9 && seconds < 8.9e9) out.field64(seconds * 1e6 + micros);
  else out.fieldBig(BigInt(seconds) * 1_000_000n + BigInt(micros));
}

const EPOCH = /^([+-]?)(\d{1,18})(?:\.(\d*))?$/;
/** Of the years 1 to 9999, as microseconds since 1970. */
const FIRST = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1_000n;
const LAST = BigInt(Date.parse('9999-12-31T23:59:59.999Z')) * 1_000n + 999n;
/** So many digits a double holds in microseconds; also the year 2242 is within them. */
const SURE_DIGITS = 12;

// A number with so many digits behind the second: 0 of seconds, 3 of milliseconds.
function epochPaths(scale: 0 | 3): Paths {
  const unit = 10 ** (6 - scale);
  const most = scale === 0 ? SURE_DIGITS - 2 : SURE_DIGITS + 1;
  return {
    fast: (bytes, start, end, out) => {
      let at = start;
      const negative = bytes[at] === 45;
      if (negative) at++;
      if (at >= end || end - at > most) return false;
      let value = 0;
      for (; at < end; at++) {
        const digit = bytes[at]! - 48;
        if (digit < 0 || digit > 9) return false;
        value = value * 10 + digit;
      }
      const micros = (negative ? -value : value) * unit - EPOCH_2000_MS * 1_000;
      if (micros < -6e15 || micros > 8e15) return false;
      out.field64(micros);
      return true;
    },
    exact: (text, out) => {
      const match = EPOCH.exec(trimmed(text));
      if (!match) return scale === 0 ? 'not seconds since 1970' : 'not milliseconds since 1970';
      const fraction = (match[3] ?? '').slice(0, 6 - scale).padEnd(6 - scale, '0');
      const size = BigInt(match[2]! + fraction);
      const micros = match[1] === '-' ? -size : size;
      if (micros < FIRST || micros > LAST)
        return `no moment of the years 1 to 9999 in ${scale === 0 ? 'seconds' : 'milliseconds'} since 1970`;
      out.fieldBig(micros - BigInt(EPOCH_2000_MS) * 1_000n);
      return null;
    },
  };
}
