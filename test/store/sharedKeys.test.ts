import type { Pipeline } from '../../model';
import { bigint, curated, date, sql, text } from '../../model';
import { keyNotes } from '../../model/compile/keyNotes';
import { StatementRefused } from '../../model/run/errors';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { verifyRange } from '../../store/proof/verify';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

/** Weeks of the calendar counted by windows of a week that begin on Thursdays: one week lies in two windows. */
function weeks(): ReturnType<typeof sensors> {
  const made = sensors({ name: 'weeks' });
  const weekly = curated({
    name: 'weeks_weekly',
    columns: { week: date(), readings: bigint() },
    key: ['week'],
    select: ({ window }) => sql`
      select date_trunc('week', r.at at time zone 'utc')::date as week, count(*) as readings
        from ${made.readings} r
       where ${window.covers('r.at')}
       group by 1`,
  });
  return {
    ...made,
    pipeline: {
      ...made.pipeline,
      window: '1w',
      from: '2024-05-02T00:00:00Z',
      curated: [weekly],
      publish: [postgresTable(weekly, 'marts.weeks_weekly')],
    },
  };
}

/** Where each sensor was last read, under a key without a day; a correction moves a sensor to another day. */
function last(): ReturnType<typeof sensors> {
  const made = sensors({ name: 'last', key: ['sensor'], latestBy: true });
  const place = curated({
    name: 'last_place',
    columns: { sensor: text(), day: date() },
    key: ['sensor'],
    select: ({ window }) => sql`
      select r.sensor, (r.at at time zone 'utc')::date as day from ${made.readings} r where ${window.covers('r.at')}`,
  });
  return {
    ...made,
    pipeline: { ...made.pipeline, curated: [place], publish: [postgresTable(place, 'marts.last_place')] },
  };
}

describe('a curated key is unique in its whole table', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());
  const runnerOf = async (pipeline: Pipeline): Promise<ActivityRunner> =>
    new ActivityRunner((test_ = await testDatabase([pipeline])).database, [pipeline]);
  const [first, second] = ['2024-05-02', '2024-05-09'].map((name) => parseWindow('1w', name)) as [
    ReturnType<typeof parseWindow>,
    ReturnType<typeof parseWindow>,
  ];
  const inBoth = readingsCsv('2024-05-06T08:00Z north 1 1', '2024-05-10T08:00Z north 2 1');

  test('a window that makes a key which another has is refused with the key and both windows; its values stay at home', async () => {
    const { pipeline, files } = weeks();
    const runner = await runnerOf(pipeline);
    files.write('a.csv', inBoth);
    await runner.run(pipeline, first);
    const error = (await runner.run(pipeline, second).catch((thrown: unknown) => thrown)) as StatementRefused;
    expect(error).toBeInstanceOf(StatementRefused);
    expect(error.withoutValues).toBe('weeks 2024-05-09: 1 key (week) of weeks_weekly is in window 2024-05-02 too');
    expect(error.message).toBe(`${error.withoutValues}: week=2024-05-06`);
    expect(error.next).toContain('give each key to one window');
    expect(await test_.database.query(`select readings from marts.weeks_weekly`)).toHaveLength(1);
    // The same window again has its own keys and nobody else's.
    expect(await runner.run(pipeline, first, 'rerun')).toMatchObject({ written: 0 });
  });

  test('of two windows published at once one is refused', async () => {
    const { pipeline, files } = weeks();
    const runner = await runnerOf(pipeline);
    files.write('a.csv', inBoth);
    const claims = [await runner.claim(pipeline, first), await runner.claim(pipeline, second)];
    for (const claim of claims) {
      await runner.call('ingest', { claim, step: 1 });
      await runner.call('refresh', { claim, step: 2, table: 'weeks_readings' });
      await runner.call('refresh', { claim, step: 3, table: 'weeks_weekly' });
    }
    const ends = await Promise.allSettled(claims.map((claim) => runner.call('publish', { claim, step: 4 })));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await test_.database.query(`select from marts.weeks_weekly`)).toHaveLength(1);
  });

  test('a window that owed a run and was passed by for it is asked in turn, though its own run changes no row', async () => {
    const { pipeline, files } = weeks();
    const runner = await runnerOf(pipeline);
    files.write('a.csv', readingsCsv('2024-05-06T08:00Z north 1 1'));
    await runner.run(pipeline, first);
    // Another value: the first window is touched, and what it counts stays.
    files.write('a.csv', readingsCsv('2024-05-06T08:00Z north 2 1', '2024-05-10T08:00Z north 2 1'));
    await runner.run(pipeline, second);
    await expect(runner.run(pipeline, first)).rejects.toThrow(/is in window 2024-05-09 too/);
  });

  test('one that a version before published twice is found by verify', async () => {
    const { pipeline, files } = weeks();
    const runner = await runnerOf(pipeline);
    files.write('a.csv', readingsCsv('2024-05-06T08:00Z north 1 1', '2024-05-14T08:00Z north 2 1'));
    for (const window of [first, second]) await runner.run(pipeline, window);
    const shared = async (): Promise<string[]> => {
      const range = { start: first.start, end: second.end };
      const { compared } = await verifyRange(test_.database, [pipeline], pipeline, range, () => undefined);
      return compared
        .filter(({ stored }) => stored.includes('in several windows'))
        .flatMap(({ differing }) => differing);
    };
    expect(await shared()).toEqual([]);
    for (const relation of ['weir_curated.weeks_weekly', 'marts.weeks_weekly'])
      await test_.database.query(`update ${relation} set week = '2024-05-06'`);
    expect(await shared()).toEqual([
      'stored week=2024-05-06 in 2024-05-02 and 2024-05-09: make the window part of the key',
    ]);
  });

  test('a key that moved to another window may be published there first: the former one owes a run', async () => {
    const { pipeline, files } = last();
    const runner = await runnerOf(pipeline);
    const [day1, day2] = ['2024-05-01', '2024-05-02'].map((name) => parseWindow('1d', name));
    files.write('a.csv', readingsCsv('2024-05-01T08:00Z north 1 1'));
    await runner.run(pipeline, day1!);
    files.write('b.csv', readingsCsv('2024-05-02T08:00Z north 1 2'));
    await runner.run(pipeline, day2!);
    await runner.run(pipeline, day1!);
    expect(await test_.database.query(`select sensor, day from marts.last_place`)).toEqual([
      { sensor: 'north', day: '2024-05-02' },
    ]);
  });
});

test('check warns of a key without a day or a moment', () => {
  expect(keyNotes(weeks().pipeline)).toEqual([]);
  expect(keyNotes(last().pipeline)).toEqual([
    expect.stringContaining('last last_place: the key (sensor) says no day or moment;'),
  ]);
  expect(keyNotes({ ...last().pipeline, window: 'whole' })).toEqual([]);
});
