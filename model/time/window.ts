import type { Weekday } from './cut';
import { cutOf, pieceAt } from './cut';
import type { CalendarDuration, Duration, Instant } from './time';
import { addMonths, durationMs, instant, millis, monthsOf, parseInstant } from './time';
import { localDate, startOfLocalDay } from './zones';

/**
 * Half-open span of event time, [start, end), UTC: the unit of work. A table without event time has one, `WHOLE`.
 * `name` is what people call it where its start is not: a local day, a month. It comes from whoever cut it and travels with it, since workflows
 * know no calendar of a time zone; two windows are the same when they start together.
 */
export interface Window {
  readonly start: Instant | '-infinity';
  readonly end: Instant | 'infinity';
  readonly name?: string;
}

/**
 * How event time is cut: windows of one length aligned to the Unix epoch (`1w` begins on a Thursday), weeks from a declared day, months, and days,
 * weeks or months of a time zone (`1d@Europe/Berlin`); or one window for all.
 */
export type Grain =
  Duration | `1d@${string}` | `1w@${Weekday}` | `1w@${Weekday}@${string}` | '1mo' | `1mo@${string}` | 'whole';

/** The time zone whose dates a grain means; null where it has none, and windows are cut without the tz database. */
export function zoneOf(grain: Grain): string | null {
  const cut = cutOf(grain);
  return cut.by === 'dates' && cut.zone !== 'UTC' ? cut.zone : null;
}

/** The length that all windows of `grain` have, in milliseconds; null where they differ, or there is one for all. */
export function lengthOf(grain: Grain): number | null {
  const cut = cutOf(grain);
  return cut.by === 'length' ? cut.ms : null;
}

/** @throws RangeError when `grain` is no size of a window, or of a zone that the tz database does not have. */
export function checkGrain(grain: Grain): void {
  localDate(zoneOf(grain) ?? 'UTC', 0);
}

/** The one window of a table without event time; PostgreSQL reads its ends as they are. */
export const WHOLE: Window = { start: '-infinity', end: 'infinity' };

export const isWhole = (window: Window): boolean => window.start === '-infinity';

/** The window of `grain` that holds `moment`. */
export function windowAt(grain: Grain, moment: Instant): Window {
  const cut = cutOf(grain);
  if (cut.by === 'nothing') return WHOLE;
  if (cut.by === 'length') {
    const start = Math.floor(millis(moment) / cut.ms) * cut.ms;
    return { start: instant(start), end: instant(start + cut.ms) };
  }
  const { date, ...span } = pieceAt(cut, millis(moment));
  const name = cut.dates === 'month' ? date.slice(0, 7) : date;
  return name === shortInstant(span.start) ? span : { ...span, name };
}

/** How many windows of `grain` cover `range`. */
export function countWindows(grain: Grain, range: Window): number {
  const ms = lengthOf(grain);
  if (ms === null) return split(grain, range).length;
  return Math.max(0, Math.ceil((millis(range.end) - millis(windowAt(grain, range.start).start)) / ms));
}

/**
 * The windows that cover `range`, oldest first. Half-open: [May 1, May 3) by '1d' gives two windows, not three.
 * A range that begins or ends inside a window includes that window.
 */
export function split(grain: Grain, range: Window): Window[] {
  if (grain === 'whole') return [WHOLE];
  const size = lengthOf(grain);
  if (size === null) return pieces(grain, range);
  const first = millis(windowAt(grain, range.start).start);
  return Array.from({ length: countWindows(grain, range) }, (_, i) => ({
    start: instant(first + i * size),
    end: instant(first + (i + 1) * size),
  }));
}

function pieces(grain: Grain, range: Window): Window[] {
  const found: Window[] = [];
  for (let at = range.start; millis(at) < millis(range.end);) {
    const piece = windowAt(grain, at);
    found.push(piece);
    at = piece.end;
  }
  return found;
}

/** The start of the first window of `range`, which may begin before it. */
export const firstStart = (grain: Grain, range: Window): Window['start'] =>
  isWhole(range) || grain === 'whole' ? WHOLE.start : windowAt(grain, range.start as Instant).start;

/** What people and workflow ids call a window: `whole`, `2001-01-05` (of UTC, or of the zone of its grain), `2001-01-05T07`, `2001-01-05T07:15`, `2001-01`. */
export function windowName(window: Window): string {
  return window.name ?? (isWhole(window) ? 'whole' : shortInstant(window.start));
}

/** The windows that `span` touches as one range, under the name that people call it; an open span stays as it is. */
export function wholeWindows(grain: Grain, span: Window): Window {
  if (isWhole(span) || grain === 'whole') return WHOLE;
  if (span.end === 'infinity') return span;
  const first = windowAt(grain, span.start as Instant);
  const range = { start: first.start, end: windowAt(grain, instant(millis(span.end) - 1)).end };
  const name = `${windowName(first)}..${windowName(windowAt(grain, range.end as Instant))}`;
  return name === rangeName(range) ? range : { ...range, name };
}

/** `2001-01-05..2001-02-01`, or `whole`. */
export function rangeName(range: Window): string {
  return range.name ?? (isWhole(range) ? 'whole' : `${shortInstant(range.start)}..${shortInstant(range.end)}`);
}

/**
 * Reads what a person writes for a moment of a calendar: a bare date or month is one of the zone that the grain has, else of UTC.
 * @throws RangeError when it is none.
 */
export function momentOf(grain: Grain, text: string): Instant {
  const date = /^\d{4}-\d{2}$/.test(text) ? `${text}-01` : text;
  const zone = zoneOf(grain);
  return zone !== null && /^\d{4}-\d{2}-\d{2}$/.test(date)
    ? instant(startOfLocalDay(zone, parseInstant(date).slice(0, 10)))
    : parseInstant(date);
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
  return wholeWindows(grain, range);
}

/**
 * `moment` later by `by` (before it where `sign` is -1); a month is a calendar's one, by the dates of the grain's zone, and a day that a month
 * does not have is its last.
 */
export function shifted(grain: Grain, moment: Instant, by: CalendarDuration, sign: 1 | -1): Instant {
  const months = monthsOf(by);
  if (months === null) return instant(millis(moment) + sign * durationMs(by));
  const zone = zoneOf(grain) ?? 'UTC';
  const at = millis(moment);
  const date = localDate(zone, at);
  return instant(startOfLocalDay(zone, addMonths(date, sign * months)) + at - startOfLocalDay(zone, date));
}

function shortInstant(moment: Instant): string {
  return moment.replace(/:00Z$/, 'Z').replace(/:00Z$/, 'Z').replace(/T00Z$/, '').replace(/Z$/, '');
}
