import path from 'node:path';
import { between, notNull } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model';
import type { Check } from '../../model/definition/check';
import type { Instant } from '../../model/time/time';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { csvFiles } from '../../sources';
import { generator } from './generator';

const FIRST = '2024-01-01T00:00:00Z';
const DAY = 86_400_000;
const ROWS = 400;
/** More readings in a day close its gate; an ordinary day has about 390. */
export const MOST_READINGS = 500;
/** Of a file's last version, one day in so many has too many. */
const FLOODED = 4;
/** Values that do not become dead letters. */
export const VALUES = { least: 0, most: 1_000 };

/** The day's first moment; days count from the first one on. */
export const midnightOf = (day: number): Instant => instant(millis(FIRST) + day * DAY);

/** The day that a moment lies in. */
export const dayOf = (at: string): number => Math.floor((millis(at as Instant) - millis(FIRST)) / DAY);

/** Days from the first one on, as a range. */
export const daysOf = (days: number): Window => ({
  start: FIRST,
  end: midnightOf(days),
});

/** Sensor readings, a file a day, with keys that move between days: corrections, repeats, late and malformed records. */
export function subject(folder: string, more: readonly Check<{ value: number }>[] = []): Pipeline {
  const readings = cleaned({
    name: 'chaos_readings',
    columns: { at: timestamptz(), sensor: text(), seq: integer(), value: integer(), revision: integer() },
    key: ['sensor', 'seq'],
    eventTime: 'at',
    latestBy: 'revision',
    checks: [notNull('sensor').deadLetter(), between('value', VALUES.least, VALUES.most).deadLetter(), ...more],
  });
  const hourly = curated({
    name: 'chaos_hourly',
    columns: { hour: timestamptz(), sensor: text(), readings: integer(), total: bigint() },
    key: ['hour', 'sensor'],
    select: ({ window }) => sql`
      select date_trunc('hour', r.at, 'utc') as hour, r.sensor, count(*) as readings, sum(r.value) as total
        from ${readings} r
       where ${window.covers('r.at')}
       group by 1, 2`,
  });
  const daily = curated({
    name: 'chaos_daily',
    columns: { day: date(), readings: integer(), total: bigint() },
    key: ['day'],
    checks: [between('readings', 1, MOST_READINGS)],
    select: ({ window }) => sql`
      select (h.hour at time zone 'utc')::date as day, sum(h.readings)::integer as readings, sum(h.total)::bigint as total
        from ${hourly} h
       where ${window.covers('h.hour')}
       group by 1`,
  });
  return definePipeline({
    // Its own checks close gates here, in windows that are told beforehand.
    deadLetters: { errorAbove: '100 %' },
    allowEmpty: true,
    name: 'chaos',
    description: 'readings that arrive in every way but the right one',
    owners: ['chaos@example.test'],
    source: csvFiles({ path: path.join(folder, 'readings-{date}.csv') }),
    window: '1d',
    from: FIRST,
    until: daysOf(366).end,
    cleaned: readings,
    curated: [hourly, daily],
    publish: [postgresTable(hourly, 'marts.chaos_hourly'), postgresTable(daily, 'marts.chaos_daily')],
  });
}

/**
 * The file of one day in one of its versions, the same bytes for the same seed: the ordinary one, another, and one that may hold so many readings that
 * its window's gate closes.
 */
export function fileOf(seed: number, day: number, version: 0 | 1 | 2): string {
  const chance = generator(seed * 7_919 + version * 104_729 + day);
  const lines = ['at,sensor,seq,value,revision'];
  const midnight = millis(FIRST) + day * DAY;
  const add = (at: number, seq: number, value: string, revision: number): void =>
    void lines.push(`${instant(Math.floor(at / 1_000) * 1_000)},s${seq % 7},${seq},${value},${revision}`);
  for (let i = 0; i < ROWS; i++) {
    const dice = chance();
    // Every twentieth corrects a reading of an earlier day and moves it to this one; as many repeat one of this day.
    const of = dice < 0.05 ? Math.max(0, day - 1 - Math.floor(chance() * 3)) : day;
    const seq = of * ROWS + (dice < 0.1 ? Math.floor(chance() * ROWS) : i);
    // Some are late: they belong to the day before.
    const at = midnight + Math.floor(chance() * DAY) - (chance() < 0.05 && day > 0 ? DAY : 0);
    add(at, seq, chance() < 0.01 ? 'none' : String(Math.floor(chance() * 1_010)), Math.floor(chance() * 5));
  }
  if (version === 2 && day % FLOODED === FLOODED - 1)
    for (let i = 0; i < MOST_READINGS / 2; i++)
      add(midnight + Math.floor(chance() * DAY), 1_000_000 + day * ROWS + i, String(Math.floor(chance() * 1_000)), 0);
  return `${lines.join('\n')}\n`;
}
