import type { Pipeline } from '../../model';
import { curated, bigint, cleaned, definePipeline, integer, sql, text, timestamptz } from '../../model';
import { historyOf } from '../../model/definition/pipeline';
import type { Grain } from '../../model/time/window';
import { split, windowName } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { statusCounts } from '../../store/ledger/windows';
import { verifyRange } from '../../store/proof/verify';
import { dropForeign } from '../../store/refresh/foreignRows';
import { planPipelines } from '../../store/reports/owed';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const NOW = '2024-02-01T00:00:00Z';
const DAYS = 10;

/** Ten days, seven sensors, one reading of each in either half of a day: 140 rows by half days, 70 by days. */
function calendar(files: MemoryFiles, window: Grain, more: { from?: string; until?: string } = {}): Pipeline {
  const readings = cleaned({
    name: 'cal_readings',
    columns: { at: timestamptz(), sensor: text(), value: integer() },
    key: ['at', 'sensor'],
    eventTime: 'at',
  });
  const daily = curated({
    name: 'cal_daily',
    columns: { start: timestamptz(), sensor: text(), readings: bigint() },
    key: ['start', 'sensor'],
    select: ({ window: here }) => sql`
      select ${here.start} as start, r.sensor, count(*) as readings
        from ${readings} r where ${here.covers('r.at')} group by 1, 2`,
  });
  return definePipeline({
    ...{ name: 'cal', description: 'readings', owners: ['lab@example.test'], source: files, window },
    ...{ from: '2024-01-01', until: '2024-01-11', cleaned: readings, curated: [daily] },
    publish: [postgresTable(daily, 'marts.cal_daily')],
    ...more,
  });
}

describe('a calendar that changes', () => {
  let test_: TestDatabase;
  const files = new MemoryFiles();
  const halves = calendar(files, '12h');
  const days = calendar(files, '1d');
  beforeEach(async () => {
    const lines = Array.from({ length: DAYS * 2 * 7 }, (_, i) => {
      const day = String(1 + Math.floor(i / 14)).padStart(2, '0');
      return `2024-01-${day}T${i % 2 ? '13' : '01'}:00:00Z,s${Math.floor((i % 14) / 2)},${i}`;
    });
    files.write('a.csv', ['at,sensor,value', ...lines, ''].join('\n'));
    test_ = await testDatabase([halves]);
  });
  afterEach(() => test_.close());

  async function runAll(pipeline: Pipeline, order: 'oldest' | 'newest' = 'oldest'): Promise<void> {
    await ensureLayerTables(test_.database, [pipeline]);
    const runner = new ActivityRunner(test_.database, [pipeline]);
    const windows = split(pipeline.window, historyOf(pipeline, NOW));
    for (const window of order === 'oldest' ? windows : windows.reverse()) await runner.run(pipeline, window);
  }
  const planOf = async (pipeline: Pipeline) => (await planPipelines(test_.database, [pipeline], [pipeline], NOW))[0]!;
  const rowsOf = async (relation = 'marts.cal_daily') =>
    Number((await test_.database.query<{ n: string }>(`select count(*) as n from ${relation}`))[0]!.n);
  const readings = async () =>
    Number((await test_.database.query<{ n: string }>(`select sum(readings) as n from marts.cal_daily`))[0]!.n);
  const verified = async (pipeline: Pipeline) =>
    (await verifyRange(test_.database, [pipeline], pipeline, historyOf(pipeline, NOW), () => undefined)).compared
      .filter(({ equal }) => !equal)
      .map(({ table, window, owed, stored }) => ({ table, window, owed, stored }));

  test('12h to 1d: listed until windows of the new one replace them, 140 rows become 70', async () => {
    await runAll(halves);
    expect(await rowsOf()).toBe(140);
    const plan = await planOf(days);
    expect(plan.foreign).toEqual(
      ['marts.cal_daily', 'weir_curated.cal_daily'].map((relation) => ({
        relation,
        windows: Array.from({ length: DAYS }, (_, i) => `2024-01-${String(i + 1).padStart(2, '0')}T12`),
      })),
    );
    expect(plan.windows.code).toHaveLength(DAYS);
    expect(await statusCounts(test_.database, [days], days, NOW)).toMatchObject({ foreign: 10, stale: 10 });
    const strays = (await verified(days)).filter(({ window }) => window === 'no window of the calendar');
    expect(strays).toHaveLength(2);
    expect(strays.map(({ owed }) => owed)).not.toContain(null);
    await runAll(days);
    expect(await rowsOf()).toBe(70);
    expect(await rowsOf('weir_curated.cal_daily')).toBe(70);
    expect(await planOf(days)).toMatchObject({ foreign: [], range: null });
    expect(await verified(days)).toEqual([]);
    expect(await statusCounts(test_.database, [days], days, NOW)).toMatchObject({ published: 10, foreign: 0 });
  });

  test.each(['oldest', 'newest'] as const)('1d to 12h, %s first: no moment is ever shown twice', async (order) => {
    await runAll(days);
    await ensureLayerTables(test_.database, [halves]);
    const runner = new ActivityRunner(test_.database, [halves]);
    const windows = split('12h', historyOf(halves, NOW));
    for (const window of order === 'oldest' ? windows : windows.reverse()) {
      await runner.run(halves, window);
      expect(await readings()).toBeLessThanOrEqual(140);
    }
    expect(await rowsOf()).toBe(140);
    expect(await planOf(halves)).toMatchObject({ foreign: [], range: null });
    expect(await verified(halves)).toEqual([]);
  });

  test('a zone added: the days begin elsewhere, and nothing of the former ones stays', async () => {
    await runAll(days);
    const local = calendar(files, '1d@Europe/Berlin');
    expect((await planOf(local)).foreign[0]!.windows).toHaveLength(DAYS);
    await runAll(local, 'newest');
    await dropForeign(test_.database, [local], local, NOW);
    expect(await planOf(local)).toMatchObject({ foreign: [], range: null });
    expect(await verified(local)).toEqual([]);
    expect(await readings()).toBe(140);
  });

  test('to one window for all, and back', async () => {
    await runAll(days);
    const whole = calendar(files, 'whole');
    expect((await planOf(whole)).foreign[0]!.windows).toHaveLength(DAYS);
    await runAll(whole);
    expect(await readings()).toBe(140);
    expect(await planOf(whole)).toMatchObject({ foreign: [], range: null });
    await runAll(days);
    expect(await rowsOf()).toBe(70);
    expect(await planOf(days)).toMatchObject({ foreign: [], range: null });
    expect(await verified(days)).toEqual([]);
  });

  test.each([
    ['until', { until: '2024-01-08' }],
    ['from', { from: '2024-01-04' }],
  ])('%s moved inwards: the days outside are shown until apply takes them away', async (_, more) => {
    await runAll(days);
    const shorter = calendar(files, '1d', more);
    expect(await planOf(shorter)).toMatchObject({ range: null, foreign: [{ windows: { length: 3 } }, {}] });
    expect((await verified(shorter)).map(({ owed }) => owed)).not.toContain(null);
    expect(await rowsOf()).toBe(70);
    await dropForeign(test_.database, [shorter], shorter, NOW);
    expect(await rowsOf()).toBe(49);
    expect(await planOf(shorter)).toMatchObject({ range: null, foreign: [] });
    expect(await verified(shorter)).toEqual([]);
    // Moved back, they are owed again.
    expect((await planOf(days)).windows.missing).toHaveLength(3);
  });

  test('what nothing replaced yet is left: apply takes away only what is published otherwise', async () => {
    await runAll(halves);
    await ensureLayerTables(test_.database, [days]);
    expect(await dropForeign(test_.database, [days], days, NOW)).toEqual([]);
    expect(await rowsOf()).toBe(140);
  });

  test('a row off the grid that somebody wrote is found by verify, and goes with the next run of its window', async () => {
    await runAll(days);
    await test_.database.query(
      `insert into marts.cal_daily values ('2024-01-04T12:00Z', 's9', 1, '2024-01-04T12:00Z'), ('2030-01-01', 's9', 1, '2030-01-01')`,
    );
    expect(await verified(days)).toEqual([
      {
        ...{ table: 'marts.cal_daily', window: 'no window of the calendar', owed: null },
        stored: '2 rows in 2 windows that are none of the calendar',
      },
    ]);
    const [fourth] = split('1d', { start: '2024-01-04T00:00:00Z', end: '2024-01-05T00:00:00Z' });
    expect(windowName(fourth!)).toBe('2024-01-04');
    await new ActivityRunner(test_.database, [days]).run(days, fourth!);
    expect((await verified(days)).map(({ stored }) => stored)).toEqual([
      '1 row in 1 window that is none of the calendar',
    ]);
  });
});
