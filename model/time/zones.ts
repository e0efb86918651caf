import type { Instant } from './time';
import { instant } from './time';

const DAY_MS = 86_400_000;
/** Farther from UTC no zone is or was: the first moment of a local day lies within this of the same day's midnight in UTC. */
const FARTHEST_MS = 16 * 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** The local date of a moment, as `2024-05-01`. @throws RangeError for a zone that the tz database does not have. */
export function localDate(zone: string, ms: number): string {
  let format = formats.get(zone);
  if (!format) {
    // Canada writes dates as ISO 8601 does.
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
    formats.set(zone, format);
  }
  return format.format(ms);
}

const starts = new Map<string, number>();

/**
 * The first moment of a local day, in milliseconds: not always midnight, where clocks go forward at that hour, and never
 * twice, where they go back over it. A day that a zone left out begins where the next one does.
 */
export function startOfLocalDay(zone: string, date: string): number {
  const key = `${zone} ${date}`;
  const known = starts.get(key);
  if (known !== undefined) return known;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight)) throw new RangeError(`${JSON.stringify(date)} is not a date: write 2024-05-01`);
  // Local dates never go back, so the day's beginning is found by halving; offsets are whole seconds.
  let before = (midnight - FARTHEST_MS) / 1_000;
  let after = (midnight + FARTHEST_MS) / 1_000;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localDate(zone, middle * 1_000) >= date) after = middle;
    else before = middle;
  }
  if (starts.size > 10_000) starts.clear();
  starts.set(key, after * 1_000);
  return after * 1_000;
}

/** The local day that holds a moment: 23, 24 or 25 hours, as the zone has it. */
export function localDayAt(zone: string, ms: number): { start: Instant; end: Instant } {
  const date = localDate(zone, ms);
  const start = startOfLocalDay(zone, date);
  for (let days = 1; ; days++) {
    const next = new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
    const end = startOfLocalDay(zone, next);
    if (end > start) return { start: instant(start), end: instant(end) };
  }
}
