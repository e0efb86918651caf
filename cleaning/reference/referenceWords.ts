import type { ColumnFacts, ColumnWords } from '../../model/definition/column';
import type { FormatField } from '../../model/time/momentFormat';
import { MONTHS, momentFormat } from '../../model/time/momentFormat';
import { LEAP, neverOrTwice, noneOf, notWritten } from '../words/reasons';
import { isRealDay, readLiteral, withoutSpaces } from './referenceTypes';

type Read = string | { readonly reason: string };

/** The literal that PostgreSQL reads for a field's text as its column's words say, or what is wrong with it. */
export function readWritten({ type, words }: ColumnFacts, text: string): Read {
  if (!words) return readLiteral(type, text);
  if (words.oneOf) return words.oneOf.includes(text) ? readLiteral(type, text) : { reason: noneOf(words.oneOf) };
  if (words.allow) return notFinite(words.allow, text) ?? readLiteral(type, text);
  if (words.epoch) return epoch(words.epoch, withoutSpaces(text));
  if (words.format === undefined) {
    const plain = withoutSpaces(text);
    const read = readLiteral(type, text);
    const isLocal = /^\d{4}-\d\d-\d\d([Tt ][\d:.]*)?$/.test(plain);
    return typeof read === 'string' && isLocal ? inZone(read.replace(/\+00:00$/, ''), words) : read;
  }
  return formatted(type === 'date' ? 'date' : 'timestamp', words.format, words, withoutSpaces(text));
}

function notFinite(allow: readonly string[], text: string): string | null {
  const word = text.length < 100 ? text.trim().toLowerCase() : '';
  if (word === 'nan') return allow.includes('NaN') ? 'NaN' : null;
  if (!allow.includes('Infinity') || !['inf', 'infinity'].includes(word.replace(/^[+-]/, ''))) return null;
  return word.startsWith('-') ? '-Infinity' : 'Infinity';
}

function epoch(unit: 's' | 'ms', text: string): Read {
  const [, sign, whole, fraction = ''] = /^([+-]?)(\d{1,18})(?:\.(\d*))?$/.exec(text) ?? [];
  const long = unit === 's' ? 'seconds' : 'milliseconds';
  if (whole === undefined) return { reason: `not ${long} since 1970` };
  const places = unit === 's' ? 6 : 3;
  const micros = BigInt(`${sign === '-' ? '-' : ''}${whole}${fraction.slice(0, places).padEnd(places, '0')}`);
  const ms = Number((micros - mod(micros, 1_000n)) / 1_000n);
  const year = new Date(ms).getUTCFullYear();
  if (!(year >= 1 && year <= 9_999)) return { reason: `no moment of the years 1 to 9999 in ${long} since 1970` };
  return new Date(ms).toISOString().replace('Z', `${String(mod(micros, 1_000n)).padStart(3, '0')}Z`);
}

const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

const anyCase = (names: readonly string[]): string =>
  names.map((name) => name.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`)).join('|');

const PATTERNS: Partial<Record<FormatField, string>> = {
  monthName: anyCase(MONTHS),
  half: anyCase(['am', 'pm']),
  offset: '[zZ]|[+-]\\d\\d(?::?\\d\\d)?',
};

function formatted(what: 'date' | 'timestamp', format: string, words: ColumnWords, text: string): Read {
  const not = { reason: notWritten(what, format) };
  const pattern = momentFormat(format).map((part) =>
    'literal' in part
      ? part.literal.replace(/[^\w\s]/g, '\\$&')
      : `(?<${part.field}>${PATTERNS[part.field] ?? `\\d{${part.min},${part.max}}`})`,
  );
  const found = new RegExp(`^${pattern.join('')}$`).exec(text)?.groups;
  if (!found) return not;
  const number = (field: FormatField): number => Number(found[field] ?? 0);
  const clock = (found['clock'] ?? '').padStart(4, '0');
  let hour = found['clock'] === undefined ? number('hour') : Number(clock.slice(0, 2));
  const minute = found['clock'] === undefined ? number('minute') : Number(clock.slice(2));
  if (found['half'] !== undefined) {
    if (number('hour12') < 1 || number('hour12') > 12) return not;
    hour = (number('hour12') % 12) + (found['half'].toLowerCase() === 'pm' ? 12 : 0);
  }
  const century = number('year2') < 70 ? 2_000 : 1_900;
  const year = found['year2'] === undefined ? number('year') : century + number('year2');
  const month =
    found['monthName'] === undefined ? number('month') : MONTHS.indexOf(found['monthName'].toLowerCase()) + 1;
  const day = `${pad(year, 4)}-${pad(month)}-${pad(number('day'))}`;
  const fraction = (found['fraction'] ?? '').slice(0, 6).padEnd(6, '0');
  if (!isRealDay(day) || hour > 24 || minute > 59 || number('second') > 60) return not;
  if (hour === 24 && (minute > 0 || number('second') > 0 || Number(fraction) > 0)) return not;
  const zone = found['offset'];
  const [hours, minutes] =
    zone && !/z/i.test(zone) ? [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', ''))] : [0, 0];
  if (hours > 15 || minutes > 59) return not;
  if (what === 'date') return day;
  if (number('second') === 60) return { reason: LEAP };
  // PostgreSQL reads 24:00:00 as the next day's start, as we do; what reads local time below does not.
  const start =
    hour === 24 ? new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString() : `${day}T${pad(hour)}`;
  const at = `${start.slice(0, 10)} ${hour === 24 ? '00' : pad(hour)}:${pad(minute)}:${pad(number('second'))}.${fraction}`;
  if (zone !== undefined) return `${at}${zone.startsWith('-') ? '-' : '+'}${pad(hours)}:${pad(minutes)}`;
  return inZone(at, words);
}

const pad = (value: number, digits = 2): string => String(value).padStart(digits, '0');

const DAY_MS = 86_400_000;
const clocks = new Map<string, Intl.DateTimeFormat>();

// Every offset that the zone has around then is tried: the moments that its clocks show so.
function inZone(local: string, { zone, ambiguous }: ColumnWords): Read {
  if (zone === undefined) return `${local}+00:00`;
  const asUtc = Date.parse(`${local.slice(0, 19).replace(' ', 'T')}Z`);
  const offsets = new Set(
    [-2, -1, 0, 1, 2].map((days) => shown(zone, asUtc + days * DAY_MS) - (asUtc + days * DAY_MS)),
  );
  const moments = [...offsets].map((offset) => asUtc - offset).filter((ms) => shown(zone, ms) === asUtc);
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  if (moments.length === 0 || (moments.length > 1 && !ambiguous)) return { reason: neverOrTwice(moments.length, zone) };
  const ms = ambiguous === 'later' ? last : first;
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}${local.slice(19)}+00:00`;
}

// What clocks of the zone show at a moment, as if it were UTC's.
function shown(zone: string, ms: number): number {
  const numeric = {
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  } as const;
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', era: 'short', ...numeric });
    clocks.set(zone, clock);
  }
  const part = Object.fromEntries(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
  const year = part['era'] === 'BC' ? 1 - Number(part['year']) : Number(part['year']);
  const day = new Date(0).setUTCFullYear(year, Number(part['month']) - 1, Number(part['day']));
  return day + ((Number(part['hour']) * 60 + Number(part['minute'])) * 60 + Number(part['second'])) * 1_000;
}
