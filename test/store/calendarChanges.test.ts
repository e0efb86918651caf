import { expression } from '../../checks';
import type { GateCheck, Pipeline } from '../../model';
import { curated, bigint, cleaned, definePipeline, integer, sql, text, timestamptz } from '../../model';
import { historyOf } from '../../model/definition/pipeline';
import type { Grain } from '../../model/time/window';
import { split, windowName } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { statusCounts } from '../../store/standing/statusCounts';
import { failpoint } from '../../store/postgres/failpoints';
import { verifyRange } from '../../store/proof/verify';
import { dropForeign } from '../../store/refresh/foreignRows';
import { owesSomething, planPipelines } from '../../store/reports/owed';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const NOW = '2024-02-01T00:00:00Z';
const DAYS = 10;

/** Ten days, seven sensors, one reading of each in either half of a day: 140 rows by half days, 70 by days. */
function calendar(
  files: MemoryFiles,
  window: Grain,
  more: { from?: string; until?: string } = {},
  checks: readonly GateCheck<unknown>[] = [],
): Pipeline {
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
    checks,
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
  let files: MemoryFiles;
  let halves: Pipeline;
  let days: Pipeline;
  beforeEach(async () => {
    files = new MemoryFiles();
    halves = calendar(files, '12h');
    days = calendar(files, '1d');
    const lines = Array.from({ length: DAYS * 2 * 7 }, (_, i) => {
      const day = String(1 + Math.floor(i / 14)).padStart(2, '0');
      return `2024-01-${day}T${i % 2 ? '13' : '01'}:00:00Z,s${Math.floor((i % 14) / 2)},${i}`;
    });
    files.write('a.csv', ['at,sensor,value', ...lines, ''].join('\n'));
    test_ = await testDatabase([halves]);
  });
  afterEach(() => test_.close());

  /** Runs every window; the states they ended in. */
  async function stageAll(pipeline: Pipeline, order: 'oldest' | 'newest' = 'oldest'): Promise<string[]> {
    await ensureLayerTables(test_.database, [pipeline]);
    const runner = new ActivityRunner(test_.database, [pipeline]);
    const windows = split(pipeline.window, historyOf(pipeline, NOW));
    const states = new Set<string>();
    for (const window of order === 'oldest' ? windows : windows.reverse())
      states.add((await runner.run(pipeline, window)).state);
    return [...states];
  }
  const settle = (pipeline: Pipeline) => dropForeign(test_.database, [pipeline], pipeline, NOW);
  async function runAll(pipeline: Pipeline, order: 'oldest' | 'newest' = 'oldest'): Promise<void> {
    await stageAll(pipeline, order);
    await settle(pipeline);
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

  const shown = async () =>
    test_.database.query<{ rows: string; readings: string; windows: string }>(
      `select count(*) as rows, sum(readings) as readings, count(distinct _window) as windows from marts.cal_daily`,
    );
  const stagedRows = () => rowsOf('weir_stage.cal_daily');
  const HALVES = [{ rows: '140', readings: '140', windows: '20' }];
  const WHOLE_DAYS = [{ rows: '70', readings: '140', windows: '10' }];

  test('12h to 1d: windows of the new one stage, and replace those of the former together', async () => {
    await runAll(halves);
    const plan = await planOf(days);
    const halfDays = split('12h', historyOf(halves, NOW)).map(windowName);
    expect(plan.foreign).toEqual(
      ['marts.cal_daily', 'weir_curated.cal_daily'].map((relation) => ({ relation, windows: halfDays })),
    );
    expect(plan.windows.code).toHaveLength(DAYS);
    expect(plan.calendar).toEqual({ staged: [], replacing: DAYS });
    expect(await statusCounts(test_.database, [days], days, NOW)).toMatchObject({ foreign: 20, stale: 10, staged: 0 });
    const strays = (await verified(days)).filter(({ window }) => window === 'no window of the calendar');
    expect(strays).toHaveLength(2);
    expect(strays.map(({ owed }) => owed)).not.toContain(null);
    expect(await stageAll(days)).toEqual(['staged']);
    expect(await shown()).toEqual(HALVES);
    // All ran, nothing is owed a run, and no verb says that all is well.
    const staged = await planOf(days);
    expect(staged).toMatchObject({ range: null, calendar: { staged: { length: DAYS }, replacing: DAYS } });
    expect(owesSomething(staged)).toBe(true);
    expect(await statusCounts(test_.database, [days], days, NOW)).toMatchObject({ foreign: 20, stale: 0, staged: 10 });
    expect((await verified(days)).map(({ owed }) => owed)).not.toContain(null);
    expect(await settle(days)).toHaveLength(2 * 20);
    expect(await shown()).toEqual(WHOLE_DAYS);
    expect(await rowsOf('weir_curated.cal_daily')).toBe(70);
    expect(await stagedRows()).toBe(0);
    expect(owesSomething(await planOf(days))).toBe(false);
    expect(await verified(days)).toEqual([]);
    expect(await statusCounts(test_.database, [days], days, NOW)).toMatchObject({
      published: 10,
      foreign: 0,
      staged: 0,
    });
  });

  test.each(['oldest', 'newest'] as const)('1d to 12h, %s first: no reader sees a mix, or a hole', async (order) => {
    await runAll(days);
    let over = false;
    const seen = new Set<string>();
    const reader = (async () => {
      while (!over) seen.add(JSON.stringify(await shown()));
    })();
    expect(await stageAll(halves, order)).toEqual(['staged']);
    expect(await shown()).toEqual(WHOLE_DAYS);
    await settle(halves);
    expect(await shown()).toEqual(HALVES);
    over = true;
    await reader;
    expect([...seen].filter((one) => one !== JSON.stringify(WHOLE_DAYS) && one !== JSON.stringify(HALVES))).toEqual([]);
    expect(await planOf(halves)).toMatchObject({ foreign: [], range: null });
    expect(await verified(halves)).toEqual([]);
  });

  test('cut off before its commit or after, the change is done by the next apply, once', async () => {
    await runAll(days);
    await stageAll(halves);
    globalThis.WEIR_FAILPOINTS = true;
    try {
      for (const side of ['before', 'after'] as const) {
        failpoint.at = (boundary) => {
          if (boundary.what === 'changeCalendar' && boundary.side === side) throw new Error('cut off');
        };
        await expect(settle(halves)).rejects.toThrow('cut off');
        expect(await shown()).toEqual(side === 'before' ? WHOLE_DAYS : HALVES);
      }
    } finally {
      failpoint.at = () => undefined;
      globalThis.WEIR_FAILPOINTS = false;
    }
    expect(await settle(halves)).toEqual([]);
    expect(await shown()).toEqual(HALVES);
    expect(owesSomething(await planOf(halves))).toBe(false);
    expect(await verified(halves)).toEqual([]);
  });

  test('a window that is held keeps all on the former calendar, until it passes', async () => {
    await runAll(days);
    const strict = (check: boolean): Pipeline =>
      calendar(files, '12h', {}, check ? [expression(sql`start <> '2024-01-04T12:00Z'`)] : []);
    expect((await stageAll(strict(true))).sort()).toEqual(['held', 'staged']);
    expect(await settle(strict(true))).toEqual([]);
    expect(await shown()).toEqual(WHOLE_DAYS);
    expect(await planOf(strict(true))).toMatchObject({
      windows: { held: ['2024-01-04T12'], code: [], missing: [] },
      calendar: { staged: { length: 19 }, replacing: 20 },
    });
    // Under other checks all are asked again.
    expect((await planOf(halves)).calendar.staged).toEqual([]);
    await runAll(halves);
    expect(await shown()).toEqual(HALVES);
    expect(await verified(halves)).toEqual([]);
  });

  test('rows that come while the windows wait make those of their window owed again', async () => {
    await runAll(days);
    await stageAll(halves);
    files.write('b.csv', 'at,sensor,value\n2024-01-02T03:00:00Z,s9,1\n');
    const first = split('12h', historyOf(halves, NOW))[0]!;
    await new ActivityRunner(test_.database, [halves]).run(halves, first);
    expect(await planOf(halves)).toMatchObject({
      windows: { touched: ['2024-01-02'] },
      calendar: { staged: { length: 19 } },
    });
    expect(await settle(halves)).toEqual([]);
    await runAll(halves);
    expect(await readings()).toBe(141);
    expect(await verified(halves)).toEqual([]);
  });

  test('moved back before apply: what was staged is thrown away, and readers never saw it', async () => {
    await runAll(days);
    await stageAll(halves);
    expect(await stagedRows()).toBe(140);
    await ensureLayerTables(test_.database, [days]);
    await runAll(days);
    expect(await shown()).toEqual(WHOLE_DAYS);
    expect(await stagedRows()).toBe(0);
    expect(owesSomething(await planOf(days))).toBe(false);
    expect(await verified(days)).toEqual([]);
  });

  test('a zone added: the days begin elsewhere, and nothing of the former ones stays', async () => {
    await runAll(days);
    const local = calendar(files, '1d@Europe/Berlin');
    expect((await planOf(local)).foreign[0]!.windows).toHaveLength(DAYS);
    await runAll(local, 'newest');
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
    expect((await planOf(shorter)).calendar).toEqual({ staged: [], replacing: 0 });
    await settle(shorter);
    expect(await rowsOf()).toBe(49);
    expect(await planOf(shorter)).toMatchObject({ range: null, foreign: [] });
    expect(await verified(shorter)).toEqual([]);
    // Moved back, they are owed again.
    expect((await planOf(days)).windows.missing).toHaveLength(3);
  });

  test('what is not staged yet replaces nothing: apply takes away nothing before all are', async () => {
    await runAll(halves);
    await ensureLayerTables(test_.database, [days]);
    expect(await settle(days)).toEqual([]);
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

  test('a row on the grid in a window later than now is found by verify: no run is for it', async () => {
    const open = { ...days, until: undefined };
    await runAll(days);
    await test_.database.query(`insert into marts.cal_daily values ('2930-01-01', 's9', 1, '2930-01-01')`);
    const found = (await verifyRange(test_.database, [open], open, historyOf(days, NOW), () => undefined)).compared;
    expect(found.filter(({ equal }) => !equal).map(({ window, owed, stored }) => [window, owed, stored])).toEqual([
      ['no window of the calendar', null, '1 row in 1 window that is none of the calendar'],
    ]);
  });
});
