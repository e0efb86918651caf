import type { Pipeline } from '../../model';
import { historyOf } from '../../model/definition/pipeline';
import { parseWindow } from '../../model/time/window';
import { windowStatuses } from '../../store/ledger/windows';
import { acceptWindows } from '../../store/standing/accepted';
import { statusCounts } from '../../store/standing/statusCounts';
import { ActivityRunner } from '../../testing/activityRunner';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const NOW = '2024-05-08T00:00:00Z';

test('counted by sets, windows are as many as one by one: published, touched, held, accepted, missing, of other code', async () => {
  const { pipeline, files } = sensors();
  const test_ = await testDatabase([pipeline]);
  try {
    const runner = new ActivityRunner(test_.database, [pipeline]);
    const run = (day: string) => runner.run(pipeline, parseWindow('1d', day)).catch(() => undefined);
    const day = (name: string, times: number): string[] =>
      Array.from({ length: times }, (_, i) => `2024-05-0${name}T0${i}:00Z north 1 1`);
    files.write('a.csv', readingsCsv(...day('1', 1), ...day('2', 1), ...day('3', 9), ...day('4', 1)));
    for (const name of ['1', '2', '3', '4']) await run(`2024-05-0${name}`);
    files.write('b.csv', readingsCsv('2024-05-02T09:00Z east 1 1', ...day('5', 9)));
    await run('2024-05-05');
    const accepted = ['3', '6'].map((name) => parseWindow('1d', `2024-05-0${name}`));
    await acceptWindows(test_.database, pipeline.name, accepted, { by: 'ann', why: 'the sensor was off' });

    const byHand = async (one: Pipeline) => {
      const all = await windowStatuses(test_.database, [one], one, historyOf(one, NOW));
      const of = (state: string) => all.filter((w) => w.state === state && w.accepted === null).length;
      return {
        windows: all.length,
        published: all.filter((w) => w.publishedAt !== null).length,
        ...{ missing: of('missing'), running: of('running'), failed: of('failed'), held: of('held') },
        accepted: all.filter((w) => w.accepted !== null).length,
        stale: all.filter((w) => w.stale !== null && w.stale !== 'checks').length,
        unchecked: all.filter((w) => w.stale === 'checks').length,
      };
    };
    const counts = await statusCounts(test_.database, [pipeline], pipeline, NOW);
    expect(counts).toMatchObject(await byHand(pipeline));
    expect(counts).toMatchObject({ windows: 7, published: 3, stale: 1, held: 1, accepted: 2, missing: 1, foreign: 0 });
    const other = sensors({ most: 50 }).pipeline;
    expect(await statusCounts(test_.database, [other], other, NOW)).toMatchObject({
      ...(await byHand(other)),
      stale: 3,
    });
    const stricter = sensors({ extraChecks: false }).pipeline;
    expect(await statusCounts(test_.database, [stricter], stricter, NOW)).toMatchObject(await byHand(stricter));
  } finally {
    await test_.close();
  }
});
