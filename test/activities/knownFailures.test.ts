import { dueWindows } from '../../activities/due';
import { dueAt } from '../../model/compile/due';
import { parseWindow, split } from '../../model/time/window';
import { planPipelines } from '../../store/reports/owed';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const DAY2 = parseWindow('1d', '2024-05-02');
const RANGE = { start: DAY1.start, end: DAY2.end };

/** Named after faults that are known of tools of this kind: each is one that a user met. */
describe('what others get wrong', () => {
  let test_: TestDatabase;
  const lab = sensors();
  let bench: ActivityRunner;
  beforeEach(async () => {
    test_ = await testDatabase([lab.pipeline]);
    bench = new ActivityRunner(test_.database, [lab.pipeline]);
    lab.files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 3 1', '2024-05-02T01:00Z north 4 1'));
  });
  afterEach(() => test_.close());
  const published = async (): Promise<string[]> =>
    (
      await test_.database.query<{ line: string }>(
        `select concat_ws(' ', day, sensor, total) as line from marts.sensors_daily order by 1`,
      )
    ).map(({ line }) => line);
  const BOTH = ['2024-05-01 north 3', '2024-05-02 north 4'];

  test('two restatements that overlap leave no duplicates', async () => {
    const restate = async (): Promise<unknown[]> =>
      Promise.allSettled(split('1d', RANGE).map((window) => bench.run(lab.pipeline, window)));
    // At the same time, over the same windows: some are overtaken, and say so; none doubles a row.
    await Promise.all([restate(), restate(), restate()]);
    for (const window of split('1d', RANGE)) await bench.run(lab.pipeline, window);
    expect(await published()).toEqual(BOTH);
    expect(await test_.database.query(`select count(*)::int as n from weir_cleaned.sensors_readings`)).toEqual([
      { n: 2 },
    ]);
  });

  test('bad rows are not visible while the check that blocks them is asked, nor after it failed', async () => {
    for (const window of split('1d', RANGE)) await bench.run(lab.pipeline, window);
    const six = Array.from({ length: 6 }, (_, hour) => `2024-05-01T0${hour}:00Z north 9 1`);
    lab.files.write('a.csv', readingsCsv(...six, '2024-05-02T01:00Z north 4 1'));
    const claim = await bench.claim(lab.pipeline, DAY1);
    await bench.call('ingest', { claim, step: 1 });
    await bench.call('refresh', { claim, step: 2, table: 'sensors_readings' });
    const gate = await bench.call('refresh', { claim, step: 3, table: 'sensors_daily' });
    expect([gate.closed, await published()]).toEqual([true, BOTH]);
    await bench.call('hold', { claim, step: 4, gate });
    expect(await published()).toEqual(BOTH);
  });

  test('a restatement that was killed is remembered: the ledger still owes it', async () => {
    for (const window of split('1d', RANGE)) await bench.run(lab.pipeline, window);
    lab.files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 30 1', '2024-05-02T01:00Z north 40 1'));
    // It cleaned, and was killed before it published; its run ends as failed.
    const claim = await bench.claim(lab.pipeline, DAY1);
    await bench.call('ingest', { claim, step: 1 });
    await bench.call('close', { claim, step: 2, state: 'failed', error: 'killed' });
    const [plan] = await planPipelines(test_.database, [lab.pipeline], [lab.pipeline], '2024-05-03T00:00:00Z');
    expect(plan!.windows).toMatchObject({ failed: ['2024-05-01'], touched: ['2024-05-02'] });
    expect(await published()).toEqual(BOTH);
  });

  test('a crash after COMMIT doubles no row', async () => {
    const claim = await bench.claim(lab.pipeline, DAY1);
    for (const attempt of [1, 2]) await bench.call('ingest', { claim, step: 1 }, attempt);
    for (const attempt of [1, 2]) await bench.call('refresh', { claim, step: 2, table: 'sensors_readings' }, attempt);
    for (const attempt of [1, 2]) await bench.call('refresh', { claim, step: 3, table: 'sensors_daily' }, attempt);
    const answers = [
      await bench.call('publish', { claim, step: 4 }, 1),
      await bench.call('publish', { claim, step: 4 }, 2),
    ];
    expect(answers[1]).toEqual(answers[0]);
    expect(await published()).toEqual([BOTH[0]]);
  });

  test('an attempt that was timed out and writes later writes nothing', async () => {
    const claim = await bench.claim(lab.pipeline, DAY1);
    await bench.call('ingest', { claim, step: 1 });
    await bench.call('refresh', { claim, step: 2, table: 'sensors_readings' });
    await bench.call('refresh', { claim, step: 3, table: 'sensors_daily' }, 2);
    // The second attempt of the next step is under way; then the first one of it comes back to life.
    await bench.call('publish', { claim, step: 4 }, 2);
    await bench.run(lab.pipeline, DAY1);
    await expect(bench.call('publish', { claim, step: 4 }, 1)).rejects.toMatchObject({ name: 'Fenced' });
    await expect(bench.call('refresh', { claim, step: 3, table: 'sensors_daily' }, 1)).rejects.toMatchObject({
      name: 'Fenced',
    });
    expect(await published()).toEqual([BOTH[0]]);
  });

  test('a tick that was skipped leaves no gap: the next one fills it', async () => {
    await bench.run(lab.pipeline, DAY1);
    // The second and third of May had their ticks while nobody was there.
    const nominal = '2024-05-05T00:15:00Z';
    expect(dueAt(lab.pipeline, nominal)?.window).toEqual(parseWindow('1d', '2024-05-04'));
    const due = await dueWindows(
      { database: test_.database, register: [lab.pipeline] },
      { pipeline: 'sensors', nominal },
    );
    expect(due.windows).toEqual(['2024-05-02', '2024-05-03', '2024-05-04'].map((name) => parseWindow('1d', name)));
  });
});
