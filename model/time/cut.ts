import type { Instant } from './time';
import { addMonths, durationMs, instant } from './time';
import { localDate, startOfLocalDay } from './zones';

/** How a grain cuts time: not at all, in pieces of one length from the Unix epoch on, or at the beginnings of dates of a zone. */
export type Cut =
  | { readonly by: 'nothing' }
  | { readonly by: 'length'; readonly ms: number }
  | { readonly by: 'dates'; readonly dates: Dates; readonly zone: string };

/** Which dates begin a piece: every one, those of one weekday, or the first of each month. */
type Dates = 'day' | 'month' | { readonly weekday: number };

const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** A day of the week as a grain has it: `1w@mon`. */
export type Weekday = (typeof WEEKDAYS)[number];

const DAY_MS = 86_400_000;
const cuts = new Map<string, Cut>();

/** Reads a grain; whether its zone is one is not asked, so that workflows may call this. @throws RangeError when it is none. */
export function cutOf(grain: string): Cut {
  let cut = cuts.get(grain);
  if (!cut) cuts.set(grain, (cut = read(grain)));
  return cut;
}

function read(grain: string): Cut {
  if (grain === 'whole') return { by: 'nothing' };
  const [length, ...at] = grain.split('@');
  if (length === '1mo' && at.length <= 1) return onDates('month', at[0]);
  if (length === '1d' && at.length === 1) return onDates('day', at[0]);
  const weekday = WEEKDAYS.indexOf(at[0] as Weekday);
  if (length === '1w' && weekday >= 0 && at.length <= 2) return onDates({ weekday }, at[1]);
  if (at.length === 0 && !grain.endsWith('mo')) return { by: 'length', ms: durationMs(grain) };
  throw new RangeError(
    `${JSON.stringify(grain)} is no size of a window: write 15m, 1h, 1d, 1w, 1w@mon, 1mo, whole; with a time zone 1d@Europe/Berlin, 1w@mon@Europe/Berlin, 1mo@Europe/Berlin`,
  );
}

const onDates = (dates: Dates, zone = 'UTC'): Cut => ({ by: 'dates', dates, zone });

/** The piece that holds a moment, and the date it is called by. */
export function pieceAt(
  { dates, zone }: Cut & { by: 'dates' },
  ms: number,
): { start: Instant; end: Instant; date: string } {
  const date = firstDate(dates, localDate(zone, ms));
  const start = startOfLocalDay(zone, date);
  // A day that a zone left out begins where the next one does, and is no piece.
  for (let next = nextDate(dates, date); ; next = nextDate(dates, next)) {
    const end = startOfLocalDay(zone, next);
    if (end > start) return { start: instant(start), end: instant(end), date };
  }
}

function firstDate(dates: Dates, date: string): string {
  if (dates === 'day') return date;
  if (dates === 'month') return `${date.slice(0, 7)}-01`;
  const days = Date.parse(`${date}T00:00:00Z`) / DAY_MS;
  // The Unix epoch was a Thursday.
  const since = (((days + 4 - dates.weekday) % 7) + 7) % 7;
  return dateOf(days - since);
}

function nextDate(dates: Dates, date: string): string {
  if (dates === 'month') return addMonths(date, 1);
  return dateOf(Date.parse(`${date}T00:00:00Z`) / DAY_MS + (dates === 'day' ? 1 : 7));
}

const dateOf = (days: number): string => new Date(days * DAY_MS).toISOString().slice(0, 10);
