import { dueWindows } from '../../activities/due';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { parseWindow, windowName, WHOLE } from '../../model/time/window';
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
});
