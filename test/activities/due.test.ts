import { dueWindows } from '../../activities/due';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { instant, millis } from '../../model/time/time';
import { parseRange, parseWindow, split, windowName, WHOLE } from '../../model/time/window';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

describe('what is due', () => {
  let db: TestDatabase;
  afterEach(() => db.close());

  const due = async (pipeline: Pipeline, nominal: Instant): Promise<string[]> =>
    (await dueWindows({ database: db.database, register: [pipeline] }, { pipeline: 'sensors', nominal })).windows.map(
      windowName,
    );

  async function given(more: object): Promise<{ pipeline: Pipeline; bench: ActivityRunner }> {
    const { pipeline, files } = sensors({ more });
    files.write('a.csv', readingsCsv('2024-05-01T06:00Z north 1 1'));
    db = await testDatabase([pipeline]);
    return { pipeline, bench: new ActivityRunner(db.database, [pipeline]) };
  }

  test('of a whole table: at the moment that cron names, and where that one was missed at the next tick, once', async () => {
    const { pipeline, bench } = await given({
      window: 'whole',
      from: undefined,
      schedule: { cron: '0 6 * * *', zone: 'Europe/Berlin' },
    });
    // Nobody ran it yet: it waits for its first time.
    expect(await due(pipeline, '2024-05-01T05:00:00Z')).toEqual([]);
    expect(await due(pipeline, '2024-05-01T04:00:00Z')).toEqual(['whole']);
    await bench.run(pipeline, WHOLE);
    await db.database.query(`update weir.runs set started_at = '2024-05-01T04:00:01Z'`);
    // 05:00 UTC is six o'clock in winter.
    expect(await due(pipeline, '2024-05-01T05:00:00Z')).toEqual([]);
    // The one of the 2nd did not come.
    expect(await due(pipeline, '2024-05-02T05:00:00Z')).toEqual(['whole']);
    expect(await due(pipeline, '2024-11-02T05:00:00Z')).toEqual(['whole']);
  });

  test('what an outage left, oldest first, or the newest first where the schedule says so', async () => {
    const grain = '1d@Europe/Berlin';
    const { pipeline, bench } = await given({ window: grain, from: '2024-05-01', schedule: { after: '2h' } });
    await bench.run(pipeline, parseWindow(grain, '2024-05-01'));
    expect(await due(pipeline, '2024-05-04T00:00:00Z')).toEqual(['2024-05-02', '2024-05-03']);
    const newest: Pipeline = { ...pipeline, schedule: { after: '2h', first: 'newest' } };
    expect(await due(newest, '2024-05-04T00:00:00Z')).toEqual(['2024-05-03', '2024-05-02']);
    // An hour later, at the tick of winter, they are due still: nobody asked for them.
    expect(await due(pipeline, '2024-05-04T01:00:00Z')).toEqual(['2024-05-02', '2024-05-03']);
    for (const day of ['2024-05-02', '2024-05-03']) await bench.run(pipeline, parseWindow(grain, day));
    expect(await due(pipeline, '2024-05-04T01:00:00Z')).toEqual([]);
  });

  test('a backfill over both changes of clocks counts each record in its local day, as PostgreSQL counts them', async () => {
    const grain = '1d@Europe/Berlin';
    const { pipeline, files } = sensors({
      zone: 'Europe/Berlin',
      extraChecks: false,
      more: { window: grain, from: '2024-03-30' },
    });
    const hours = [...hoursOf('2024-03-29T22:00:00Z', 75), ...hoursOf('2024-10-25T22:00:00Z', 75)];
    files.write('a.csv', readingsCsv(...hours.map((at, i) => `${at} s${i % 3} ${i % 50} 1`)));
    db = await testDatabase([pipeline]);
    const bench = new ActivityRunner(db.database, [pipeline]);
    for (const range of ['2024-03-30..2024-04-02', '2024-10-26..2024-10-29'])
      for (const window of split(grain, parseRange(grain, range))) await bench.run(pipeline, window, 'backfill');
    const counted = await db.database.query(
      `select day::text, sum(readings)::int as records from marts.sensors_daily group by 1 order by 1`,
    );
    const expected = await db.database.query(
      `select (at::timestamptz at time zone 'Europe/Berlin')::date::text as day, count(*)::int as records
         from unnest($1::text[]) at
        where (at::timestamptz at time zone 'Europe/Berlin')::date <> all ('{2024-04-02,2024-10-29}')
     group by 1 order by 1`,
      [hours.filter((at) => Date.parse(at) >= Date.parse('2024-03-29T23:00:00Z'))],
    );
    expect(counted).toEqual(expected);
    expect(counted).toContainEqual({ day: '2024-03-31', records: 23 });
    expect(counted).toContainEqual({ day: '2024-10-27', records: 25 });
  });
});

/** `count` moments, an hour after each other. */
const hoursOf = (first: Instant, count: number): Instant[] =>
  Array.from({ length: count }, (_, i) => instant(millis(first) + i * 3_600_000));
