import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { between, notNull } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model';
import { instant, millis } from '../../model/time/time';
import { postgresTable } from '../../sinks';
import { csvFiles } from '../../sources';

const FIRST = '2024-01-01T00:00:00Z';
const DAY = 86_400_000;
const ROWS = 400;

/** Days from the first one on, as a range. */
export const daysOf = (days: number): { start: string; end: string } => ({
  start: FIRST,
  end: instant(millis(FIRST) + days * DAY),
});

/** Sensor readings, a file a day, with keys that move between days: corrections, repeats, late and malformed records. */
export function subject(folder: string): Pipeline {
  const readings = cleaned({
    name: 'chaos_readings',
    columns: { at: timestamptz(), sensor: text(), seq: integer(), value: integer(), revision: integer() },
    key: ['sensor', 'seq'],
    eventTime: 'at',
    latestBy: 'revision',
    checks: [notNull('sensor').deadLetter(), between('value', 0, 1_000).deadLetter()],
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
    select: ({ window }) => sql`
      select (h.hour at time zone 'utc')::date as day, sum(h.readings)::integer as readings, sum(h.total)::bigint as total
        from ${hourly} h
       where ${window.covers('h.hour')}
       group by 1`,
  });
  return definePipeline({
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

/** Writes the files of `days` days: the same bytes for the same seed. Returns how many records they hold. */
export function writeFiles(folder: string, days: number, chance: () => number): number {
  mkdirSync(folder, { recursive: true });
  let records = 0;
  for (let day = 0; day < days; day++) {
    const lines = ['at,sensor,seq,value,revision'];
    for (let i = 0; i < ROWS; i++) {
      const dice = chance();
      // Every twentieth corrects a reading of an earlier day and moves it to this one; as many repeat one of this day.
      const of = dice < 0.05 ? Math.max(0, day - 1 - Math.floor(chance() * 3)) : day;
      const seq = of * ROWS + (dice < 0.1 ? Math.floor(chance() * ROWS) : i);
      // Some are late: they belong to the day before.
      const at = millis(FIRST) + day * DAY + Math.floor(chance() * DAY) - (chance() < 0.05 && day > 0 ? DAY : 0);
      const value = chance() < 0.01 ? 'none' : String(Math.floor(chance() * 1_010));
      lines.push(`${instant(Math.floor(at / 1_000) * 1_000)},s${seq % 7},${seq},${value},${Math.floor(chance() * 5)}`);
      records++;
    }
    const name = instant(millis(FIRST) + day * DAY).slice(0, 10);
    writeFileSync(path.join(folder, `readings-${name}.csv`), `${lines.join('\n')}\n`);
  }
  return records;
}
