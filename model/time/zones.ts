/** Farther from UTC no zone is or was: the first moment of a local day lies within this of the same day's midnight in UTC. */
const FARTHEST_MS = 16 * 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** The local date of a moment, as `2024-05-01`. @throws RangeError for a zone that the tz database does not have. */
export function localDate(zone: string, ms: number): string {
  // Without Intl, so that workflows may ask.
  if (zone === 'UTC') return new Date(ms).toISOString().slice(0, 10);
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
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(midnight)) throw new RangeError(`${JSON.stringify(date)} is not a date: write 2024-05-01`);
  if (zone === 'UTC') return midnight;
  const key = `${zone} ${date}`;
  const known = starts.get(key);
  if (known !== undefined) return known;
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

const hours = new Map<string, Intl.DateTimeFormat>();

/** The local hour of a moment, 00 to 23. */
export function localHour(zone: string, ms: number): string {
  if (zone === 'UTC') return new Date(ms).toISOString().slice(11, 13);
  let format = hours.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, hourCycle: 'h23', hour: '2-digit' });
    hours.set(zone, format);
  }
  return format.format(ms);
}
