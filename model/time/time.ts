/** A moment as text, ISO 8601 in UTC with seconds or finer (`2001-01-05T00:00:00Z`): a Date does not survive JSON. */
export type Instant = string & { readonly __instant?: never };

/** A length of time as text: a whole number and a unit (`15m`, `1h`, `1d`, `1w`). */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd' | 'w'}`;

/** A length of time that may be months (`1mo`), which the calendar makes long or short. */
export type CalendarDuration = Duration | `${number}mo`;

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** Milliseconds of `duration`. @throws RangeError when it is not a positive whole number and a unit. */
export function durationMs(duration: string): number {
  const match = /^([1-9]\d*)([smhdw])$/.exec(duration);
  if (!match) throw new RangeError(`${JSON.stringify(duration)} is not a duration: write 15m, 1h, 1d, 1w`);
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** The months of a duration; null where it has one length whenever it begins. @throws RangeError when it is no duration. */
export function monthsOf(duration: string): number | null {
  const match = /^([1-9]\d*)mo$/.exec(duration);
  if (match) return Number(match[1]);
  durationMs(duration);
  return null;
}

/** `date` so many months later; a day that the month does not have is its last: January 31 and a month is February 28 or 29. */
export function addMonths(date: string, months: number): string {
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(day, last))).toISOString().slice(0, 10);
}

/** `ms` since the Unix epoch as an Instant, without a fraction where there is none. */
export function instant(ms: number): Instant {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** Milliseconds since the Unix epoch. @throws RangeError when `text` is no moment. */
export function millis(text: Instant): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new RangeError(`${JSON.stringify(text)} is not a moment: write 2001-01-05 or 2001-01-05T07:00Z`);
  return ms;
}

/** Reads what a person types for a moment: a date, a date with hour (`2001-01-05T07`) or a full instant; UTC unless it says otherwise. */
export function parseInstant(text: string): Instant {
  const match =
    /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})(\.\d{1,3})?)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(text);
  const [, y, mo, d, h = '00', mi = '00', s = '00', fraction = '', zone = 'Z'] = match ?? [];
  const clock = `${y}-${mo}-${d}T${h}:${mi}:${s}`;
  const ms = match ? Date.parse(`${clock}${fraction}${zone}`) : NaN;
  // Date.parse rolls February 30 over to March; a person who typed it made a mistake.
  const real = !Number.isNaN(ms) && new Date(Date.parse(`${clock}Z`)).toISOString().startsWith(clock);
  if (!real) {
    throw new RangeError(`${JSON.stringify(text)} is not a moment: write 2001-01-05 or 2001-01-05T07`);
  }
  return instant(ms);
}
