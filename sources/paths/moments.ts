import type { PathUnit } from '../../model/definition/paths/pathPattern';
import type { Instant } from '../../model/time/time';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { split } from '../../model/time/window';
import { localDate, localHour } from '../../model/time/zones';

const HOUR_MS = 3_600_000;

/** Each hour, day, month or year of a range in its zone, oldest first: an hour that clocks repeat comes once, one that they skip does not. */
export function momentsOf(
  unit: NonNullable<PathUnit>,
  range: Window,
  zone: string,
): { readonly date: string; readonly hour: string }[] {
  const pieces =
    unit === 'hour'
      ? hoursOf(range)
      : split(unit === 'day' ? `1d@${zone}` : `1mo@${zone}`, range).map(({ start }) => start);
  return pieces.map((start) => {
    const ms = millis(start);
    return { date: localDate(zone, ms), hour: localHour(zone, ms) };
  });
}

// By the hour from where the range begins, which is where an hour of its zone does: zones of half hours have theirs.
function hoursOf({ start, end }: Window): Instant[] {
  const first = millis(start);
  const last = millis(end) - 1;
  const count = Math.ceil((last - first) / HOUR_MS);
  // And where it ends: a range that begins inside an hour may end inside another.
  return [...Array.from({ length: count }, (_, i) => instant(first + i * HOUR_MS)), instant(last)];
}
