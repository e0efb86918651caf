import type { Duration, Instant } from './time';
import { durationMs, instant, millis, parseInstant } from './time';
import { localDayAt, startOfLocalDay } from './zones';

/** Half-open span of event time, [start, end), UTC: the unit of work. A table without event time has one, `WHOLE`. */
export interface Window {
  readonly start: Instant | '-infinity';
  readonly end: Instant | 'infinity';
}

/** How event time is cut: windows of one length aligned to the Unix epoch, local days of a time zone (`1d@Europe/Berlin`), or one window for all. */
export type Grain = Duration | `1d@${string}` | 'whole';

/** The time zone whose days a grain means; null where windows have one length. */
export const zoneOf = (grain: Grain): string | null => (grain.startsWith('1d@') ? grain.slice(3) : null);

/** @throws RangeError when `grain` is no duration, and no day of a zone that the tz database has. */
export function checkGrain(grain: Grain): void {
  const zone = zoneOf(grain);
  if (zone !== null) localDayAt(zone, 0);
  else if (grain !== 'whole') durationMs(grain);
}

/** The one window of a table without event time; PostgreSQL reads its ends as they are. */
export const WHOLE: Window = { start: '-infinity', end: 'infinity' };

export const isWhole = (window: Window): boolean => window.start === '-infinity';

/** The window of `grain` that holds `moment`. Weeks begin on Thursday, as the epoch did. */
export function windowAt(grain: Grain, moment: Instant): Window {
  if (grain === 'whole') return WHOLE;
  const zone = zoneOf(grain);
  if (zone !== null) return localDayAt(zone, millis(moment));
  const size = durationMs(grain);
  const start = Math.floor(millis(moment) / size) * size;
  return { start: instant(start), end: instant(start + size) };
}

/** How many windows of `grain` cover `range`. */
export function countWindows(grain: Grain, range: Window): number {
  if (grain === 'whole') return 1;
  if (zoneOf(grain) !== null) return split(grain, range).length;
  return Math.max(0, Math.ceil((millis(range.end) - millis(windowAt(grain, range.start).start)) / durationMs(grain)));
}

/**
 * The windows that cover `range`, oldest first. Half-open: [May 1, May 3) by '1d' gives two windows, not three.
 * A range that begins or ends inside a window includes that window.
 */
export function split(grain: Grain, range: Window): Window[] {
  if (grain === 'whole') return [WHOLE];
  const zone = zoneOf(grain);
  if (zone !== null) return localDays(zone, range);
  const size = durationMs(grain);
  const first = millis(windowAt(grain, range.start).start);
  return Array.from({ length: countWindows(grain, range) }, (_, i) => ({
    start: instant(first + i * size),
    end: instant(first + (i + 1) * size),
  }));
}

function localDays(zone: string, range: Window): Window[] {
  const days: Window[] = [];
  for (let at = millis(range.start); at < millis(range.end);) {
    const day = localDayAt(zone, at);
    days.push(day);
    at = millis(day.end);
  }
  return days;
}

/** The start of the first window of `range`, which may begin before it. */
export const firstStart = (grain: Grain, range: Window): Window['start'] =>
  isWhole(range) || grain === 'whole' ? WHOLE.start : windowAt(grain, range.start as Instant).start;

/** What people and workflow ids call a window: `whole`, `2001-01-05`, `2001-01-05T07`, `2001-01-05T07:15`. */
export function windowName(window: Window): string {
  if (isWhole(window)) return 'whole';
  return shortInstant(window.start);
}

/** `2001-01-05..2001-02-01`, or `whole`. */
export function rangeName(range: Window): string {
  return isWhole(range) ? 'whole' : `${shortInstant(range.start)}..${shortInstant(range.end)}`;
}

// A bare date is a local one where the grain has a zone.
function momentOf(grain: Grain, text: string): Instant {
  const zone = zoneOf(grain);
  return zone !== null && /^\d{4}-\d{2}-\d{2}$/.test(text)
    ? instant(startOfLocalDay(zone, parseInstant(text).slice(0, 10)))
    : parseInstant(text);
}

/** Reads the name of one window of `grain`. @throws RangeError when the moment is no window's start. */
export function parseWindow(grain: Grain, text: string): Window {
  if (grain === 'whole') {
    if (text !== 'whole') throw new RangeError(`this pipeline has one window, 'whole', not ${JSON.stringify(text)}`);
    return WHOLE;
  }
  if (text === 'whole') throw new RangeError(`this pipeline has windows of ${grain}: write one as 2001-01-05`);
  const start = momentOf(grain, text);
  const window = windowAt(grain, start);
  if (window.start !== start) {
    throw new RangeError(`${text} is inside a window of ${grain}, which starts at ${windowName(window)}`);
  }
  return window;
}

/** Reads `FROM..TO` (half-open) or one window's name as a range. */
export function parseRange(grain: Grain, text: string): Window {
  if (grain === 'whole' || !text.includes('..')) return parseWindow(grain, text);
  const [from, to, ...rest] = text.split('..');
  if (!from || !to || rest.length > 0)
    throw new RangeError(`${JSON.stringify(text)} is not a range: write 2001-01-01..2001-02-01`);
  const range = { start: momentOf(grain, from), end: momentOf(grain, to) };
  if (millis(range.end) <= millis(range.start))
    throw new RangeError(`${text} is empty: a range is [FROM, TO), its end is left out`);
  for (const edge of [range.start, range.end]) {
    const window = windowAt(grain, edge);
    if (window.start !== edge)
      throw new RangeError(`${edge} is inside a window of ${grain}, which starts at ${windowName(window)}`);
  }
  return range;
}

/** The windows whose reach (`before` and `after` beside their own span) includes any moment of `touched`. */
export function reaching(grain: Grain, touched: Window, reach: { beforeMs: number; afterMs: number }): Window[] {
  if (grain === 'whole' || isWhole(touched)) return grain === 'whole' ? [WHOLE] : [];
  const start = instant(millis(touched.start) - reach.afterMs);
  const end = instant(millis(touched.end) + reach.beforeMs);
  return split(grain, { start, end });
}

function shortInstant(moment: Instant): string {
  return moment.replace(/:00Z$/, 'Z').replace(/:00Z$/, 'Z').replace(/T00Z$/, '').replace(/Z$/, '');
}
