const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** The years whose rules count: rules that ended before never come again, and later ones come with the tz database. */
const [FIRST, LAST] = [Date.UTC(2020, 0, 1), Date.UTC(2041, 0, 1)];
/** Shorter than any time that a zone keeps an offset: Morocco leaves its own for the month of Ramadan. */
const STEP_MS = 14 * DAY_MS;

const known = new Map<string, readonly number[]>();

/** The offsets from UTC that clocks of `zone` show in these years, in minutes, ascending: Berlin 60 and 120. */
export function offsetsOf(zone: string): readonly number[] {
  let offsets = known.get(zone);
  if (!offsets) {
    const clock = new Intl.DateTimeFormat('en-CA', {
      ...{ timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit' },
      ...{ hour: '2-digit', minute: '2-digit' },
    });
    const found = new Set<number>();
    for (let ms = FIRST; ms < LAST; ms += STEP_MS) found.add((shown(clock, ms) - ms) / MINUTE_MS);
    known.set(zone, (offsets = [...found].sort((a, b) => a - b)));
  }
  return offsets;
}

// What the clock shows, read as if it were UTC.
function shown(clock: Intl.DateTimeFormat, ms: number): number {
  const part = Object.fromEntries(clock.formatToParts(ms).map(({ type, value }) => [type, value]));
  return Date.parse(`${part['year']}-${part['month']}-${part['day']}T${part['hour']}:${part['minute']}:00Z`);
}
