import { offsetsOf } from './offsets';

/** Each of these minutes of each of these hours, of every day. */
export interface TimesOfDay {
  readonly hours: readonly number[];
  readonly minutes: readonly number[];
}

const DAY_MINUTES = 1_440;

/** When clocks in UTC may show it while clocks of `zone` show one of `minutes` (of the local day), at any offset that the zone has. */
export function inUtc(zone: string, minutes: readonly number[]): TimesOfDay[] {
  const all = new Set(
    offsetsOf(zone).flatMap((offset) =>
      minutes.map((minute) => (((minute - offset) % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES),
    ),
  );
  // Minutes that come in the same hours are told together.
  const hoursOf = new Map<number, number[]>();
  for (const at of [...all].sort((a, b) => a - b))
    hoursOf.set(at % 60, [...(hoursOf.get(at % 60) ?? []), Math.floor(at / 60)]);
  const together = new Map<string, { hours: number[]; minutes: number[] }>();
  for (const [minute, hours] of [...hoursOf].sort(([a], [b]) => a - b)) {
    const same = together.get(hours.join());
    if (same) same.minutes.push(minute);
    else together.set(hours.join(), { hours, minutes: [minute] });
  }
  return [...together.values()];
}
