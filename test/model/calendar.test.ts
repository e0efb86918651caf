import { dueAt, timingOf } from '../../model/compile/due';
import { newestAt, nextAt } from '../../model/time/cron';
import type { Duration, Instant } from '../../model/time/time';
import { instant, millis } from '../../model/time/time';
import type { Grain, Window } from '../../model/time/window';
import { parseRange, parseWindow, rangeName, shifted, split, windowName } from '../../model/time/window';
import { csvFiles } from '../../sources';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { sensors } from '../setup/sensors';

const ZONES = [
  ...['Europe/Berlin', 'Europe/London', 'Africa/Cairo', 'Africa/Casablanca', 'Asia/Kathmandu', 'Asia/Kolkata'],
  ...['Asia/Beirut', 'Asia/Tehran', 'Australia/Lord_Howe', 'Australia/Adelaide', 'Pacific/Auckland', 'Pacific/Chatham'],
  ...['America/New_York', 'America/Santiago', 'America/Havana', 'America/St_Johns'],
];
const DECADE = { start: '2015-01-01T12:00:00Z', end: '2025-01-01T12:00:00Z' };

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

/** Where PostgreSQL, with a tz database and code of its own, sees `unit` of the local date change: each quarter of an hour is asked. */
async function startsByPostgres(zone: string, unit: string): Promise<{ date: string; start: Instant }[]> {
  const rows = await db.database.query<{ date: string; start: string }>(
    `select to_char(date_trunc($4, at at time zone $1), 'YYYY-MM-DD') as date,
            to_char(min(at), 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as start
       from generate_series($2::timestamptz, $3::timestamptz, interval '15 minutes') as at
   group by 1
   order by 2`,
    [zone, DECADE.start, DECADE.end, unit],
  );
  // The first may have begun before the decade did.
  return rows.slice(1);
}

describe('ten years of sixteen zones, by two implementations', () => {
  test.each(ZONES)('%s: every local day, its name, its file, and one tick', async (zone) => {
    const grain: Grain = `1d@${zone}`;
    const days = split(grain, DECADE);
    const expected = await startsByPostgres(zone, 'day');
    expect(days.slice(1).map((day) => ({ date: windowName(day), start: day.start }))).toEqual(expected);
    days.slice(1).forEach((day, i) => expect(day.start).toBe(days[i]!.end));
    const files = csvFiles({ path: 'land/{year}/{month}/x-{date}.csv' });
    expect(days.map((day) => files.named!(day, zone))).toEqual(
      days.map((day) => [
        `land/${windowName(day).slice(0, 4)}/${windowName(day).slice(5, 7)}/x-${windowName(day)}.csv`,
      ]),
    );
    expect(ticksOf(grain, '2h')).toEqual(dueBy(days, 2));
  });

  test.each(['UTC', 'Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe'])(
    '%s: every month and week',
    async (zone) => {
      const months = split(`1mo@${zone}`, DECADE);
      expect(months.slice(1).map((one) => ({ date: `${windowName(one)}-01`, start: one.start }))).toEqual(
        await startsByPostgres(zone, 'month'),
      );
      const weeks = split(`1w@mon@${zone}`, DECADE);
      expect(weeks.slice(1).map((one) => ({ date: windowName(one), start: one.start }))).toEqual(
        await startsByPostgres(zone, 'week'),
      );
      for (const pieces of [months, weeks]) pieces.slice(1).forEach((one, i) => expect(one.start).toBe(pieces[i]!.end));
      expect(split('1w@thu', DECADE)).toEqual(split('1w', DECADE));
      expect(ticksOf(`1mo@${zone}`, '30h')).toEqual(dueBy(months, 30));
    },
  );
});

/** The windows that are over and due so many hours later, before the decade ends. */
const dueBy = (windows: readonly Window[], hours: number): string[] =>
  windows.filter(({ end }) => millis(end) + hours * 3_600_000 <= millis(DECADE.end)).map(windowName);

/** The windows that are due at the moments a schedule fires over the decade, each at the very tick of its own, in order. */
function ticksOf(window: Grain, after: Duration): string[] {
  const { pipeline } = sensors({ more: { window, from: DECADE.start, schedule: { after } } });
  const timing = timingOf(pipeline)!;
  if (!('utc' in timing)) throw new Error('no times of day');
  const fired: number[] = [];
  for (let day = Date.parse('2015-01-01T00:00:00Z'); day < Date.parse(DECADE.end); day += 86_400_000)
    for (const { hours, minutes } of timing.utc)
      for (const hour of hours) for (const minute of minutes) fired.push(day + hour * 3_600_000 + minute * 60_000);
  return fired
    .filter((ms) => ms <= millis(DECADE.end))
    .sort((a, b) => a - b)
    .flatMap((ms) => dueAt(pipeline, instant(ms)) ?? [])
    .filter(({ exact }) => exact)
    .map((due) => windowName(due.window));
}

describe('cron on clocks that change', () => {
  test.each([
    // As croniter's tests have them.
    ['*/30 * * * *', 'Europe/Athens', '2013-10-27T00:00:00Z', ['00:30', '01:00', '01:30', '02:00', '02:30']],
    ['*/30 * * * *', 'Europe/Athens', '2013-03-31T00:00:00Z', ['00:30', '01:00', '01:30', '02:00']],
    ['0 0 * * *', 'Europe/Warsaw', '2017-03-25T23:00:00Z', ['22:00']],
    ['0 * * * *', 'Europe/Warsaw', '2017-03-26T00:00:00Z', ['01:00', '02:00']],
    ['0 0 * * *', 'Europe/Warsaw', '2017-10-28T22:00:00Z', ['23:00']],
    ['0 0 * * *', 'America/Sao_Paulo', '2018-02-17T23:00:00Z', ['03:00']],
    ['0 0 24 * *', 'Australia/Adelaide', '2020-04-14T14:30:00Z', ['14:30']],
    // As Airflow's do: the end of each data interval is the beginning of the next.
    ['0 0,3 * * *', 'Europe/Zurich', '2023-03-25T23:00:00Z', ['01:00', '22:00']],
    ['0 3 * * *', 'Europe/Zurich', '2023-03-25T02:00:00Z', ['01:00', '01:00']],
    ['0 0,3 * * *', 'Europe/Zurich', '2023-10-28T22:00:00Z', ['02:00', '23:00']],
    ['0 2 * * *', 'America/New_York', '2024-03-09T07:00:00Z', ['07:00', '06:00']],
    ['0 1 * * *', 'America/New_York', '2024-11-02T05:00:00Z', ['05:00', '06:00']],
    // A midnight that there is not.
    ['0 0 * * *', 'Africa/Cairo', '2024-04-24T22:00:00Z', ['22:00', '21:00']],
    ['0 0 * * *', 'America/Santiago', '2024-09-07T04:00:00Z', ['04:00', '03:00']],
  ])('%s in %s, after %s', (cron, zone, from, next) => {
    const found: string[] = [];
    let known = newestAt(cron, zone, from);
    for (let ms = millis(from); found.length < next.length; ms += 900_000) {
      const now = newestAt(cron, zone, instant(ms));
      if (now !== known) found.push(instant(ms).slice(11, 16));
      known = now;
    }
    expect(found).toEqual(next);
    // What is due next is what becomes the newest.
    let at: Instant | null = from;
    const due = next.map(() => (at = nextAt(cron, zone, at!))!.slice(11, 16));
    expect(due).toEqual(next);
  });
});

describe('names and reach', () => {
  test('a local day, a week and a month are called by their dates, read back, and named as ranges', () => {
    for (const [grain, name, start] of [
      ['1d@Europe/Berlin', '2024-05-01', '2024-04-30T22:00:00Z'],
      ['1d@America/New_York', '2024-05-01', '2024-05-01T04:00:00Z'],
      ['1w@mon@Europe/Berlin', '2024-04-29', '2024-04-28T22:00:00Z'],
      ['1mo', '2024-05', '2024-05-01T00:00:00Z'],
      ['1mo@Europe/Berlin', '2024-05', '2024-04-30T22:00:00Z'],
    ] as const) {
      const window = parseWindow(grain, name);
      expect([window.start, windowName(window), parseWindow(grain, start)]).toEqual([start, name, window]);
    }
    const may = parseRange('1d@Europe/Berlin', '2024-05-01..2024-06-01');
    expect([rangeName(may), split('1d@Europe/Berlin', may).length]).toEqual(['2024-05-01..2024-06-01', 31]);
    expect(rangeName(parseRange('1mo', '2024-01..2024-04'))).toBe('2024-01..2024-04');
    expect(() => parseWindow('1w@mon', '2024-05-01')).toThrow(/starts at 2024-04-29/);
  });

  test('the bounds of a history are days of its windows', () => {
    const { pipeline } = sensors({ more: { window: '1d@Europe/Berlin', from: '2024-05-01', until: '2024-06-01' } });
    const windows: Window[] = split('1d@Europe/Berlin', { start: pipeline.from!, end: pipeline.until! });
    expect([windows.length, windowName(windows[0]!), windowName(windows.at(-1)!)]).toEqual([
      31,
      '2024-05-01',
      '2024-05-31',
    ]);
  });

  test('a month before is a calendar month, over a change of clocks too', () => {
    expect(shifted('1mo@Europe/Berlin', '2024-03-31T22:00:00Z', '1mo', -1)).toBe('2024-02-29T23:00:00Z');
    expect(shifted('1d', '2024-03-31T00:00:00Z', '1mo', -1)).toBe('2024-02-29T00:00:00Z');
    expect(shifted('1d', '2024-01-31T00:00:00Z', '13mo', 1)).toBe('2025-02-28T00:00:00Z');
  });

  test('hours of a local day: one that clocks skip has no file, one that they repeat has one, half hours have theirs', () => {
    const files = csvFiles({ path: '{date}/{hour}.csv' });
    const hours = (zone: string, day: string): string[] =>
      files.named!(parseWindow(`1d@${zone}`, day), zone).map((path) => path.replace(`${day}/`, '').slice(0, 2));
    const all = Array.from({ length: 24 }, (_, i) => String(i).padStart(2, '0'));
    expect(hours('Europe/Berlin', '2024-03-31')).toEqual(all.filter((hour) => hour !== '02'));
    expect(hours('Europe/Berlin', '2024-10-27')).toEqual(all);
    expect(hours('Asia/Kathmandu', '2024-05-01')).toEqual(all);
    expect(hours('Australia/Lord_Howe', '2024-04-07')).toEqual(all);
    expect(hours('Australia/Lord_Howe', '2024-10-06')).toEqual(all);
  });
});
