import { Client } from 'pg';
import { between, expression, notNull, rowCountDelta, unique } from '../../checks';
import type { Pipeline } from '../../model';
import { cleaned, definePipeline, integer, sql, text, timestamptz } from '../../model';
import type { Check } from '../../model/definition/check';
import { instant, millis } from '../../model/time/time';
import { parseWindow } from '../../model/time/window';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

type Sale = { at: Date; seq: number; city: string | null };

const FIRST = '2024-03-04T00:00:00Z';
const DAY_MS = 86_400_000;
const dayName = (day: number): string => instant(millis(FIRST) + day * DAY_MS).slice(0, 10);

/** All sales in one file, `rows` of them on each day in turn; every fifth is in no city. */
function shop(checks: readonly Check<Sale>[], rows: readonly number[], grain: Pipeline['window'] = '1d'): Pipeline {
  const files = new MemoryFiles();
  const lines = rows.flatMap((count, day) =>
    Array.from({ length: count }, (_, seq) => `${dayName(day)}T12:00Z,${seq},${seq % 5 === 0 ? '' : 'Oslo'}`),
  );
  files.write('sales.csv', ['at,seq,city', ...lines].join('\n') + '\n');
  const sales = cleaned({
    name: 'shop_sales',
    columns: { at: timestamptz(), seq: integer(), city: text().nullable() },
    key: ['at', 'seq'],
    eventTime: 'at',
    checks,
  });
  return definePipeline({
    ...{ name: 'shop', description: 'sales', owners: ['lab@example.test'], source: files, window: grain, from: FIRST },
    cleaned: sales,
  });
}

describe('a gate', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  const judged = async (pipeline: Pipeline, day: number): Promise<string> => {
    test_ ??= await testDatabase([pipeline]);
    const { state } = await new ActivityRunner(test_.database, [pipeline]).run(
      pipeline,
      parseWindow(pipeline.window, dayName(day)),
    );
    return state;
  };
  const said = async (check: string): Promise<unknown> =>
    (
      await test_.database.query<{ said: string }>(
        `select rows || ' ' || sample as said from weir.check_results where check_name like $1 order by epoch desc limit 1`,
        [`${check}%`],
      )
    )[0]?.said;

  // From a Monday on: five days of 20 sales, two of 5.
  const weeks = Array.from({ length: 5 * 7 }, (_, day) => (day % 7 < 5 ? 20 : 5));
  const set = (day: number, rows: number): number[] => weeks.map((had, i) => (i === day ? rows : had));

  test('compares with windows that nobody ever ran, of the same weekday', async () => {
    const pipeline = (rows: number[], grain?: Pipeline['window']) => shop([rowCountDelta()], rows, grain);
    test_ = await testDatabase([pipeline(weeks)]);
    // The fifth Saturday.
    expect(await judged(pipeline(weeks), 33)).toBe('published');
    expect(await said('row_count_delta')).toBe('0 []');
    // As many as on a Friday are too many for a Saturday.
    await test_.empty();
    expect(await judged(pipeline(set(33, 20)), 33)).toBe('held');
    expect(await said('row_count_delta')).toBe('1 ["value=20 median=5 spread=0"]');
    // And so by the days of a zone, whose clock changed on March 31.
    await test_.empty();
    expect(await judged(pipeline(set(33, 20), '1d@Europe/Berlin'), 33)).toBe('held');
  });

  test('passes without a baseline, and says so', async () => {
    const pipeline = shop([rowCountDelta()], [20, 20, 20, 20, 20, 20, 90]);
    test_ = await testDatabase([pipeline]);
    expect(await judged(pipeline, 6)).toBe('published');
    expect(await said('row_count_delta')).toBe('0 ["no baseline: raw holds 6 of the 7 windows that it takes"]');
  });

  test('lets so many break a check as it tolerates, and says how many did', async () => {
    const of = (...checks: Check<Sale>[]) => shop(checks, [10]);
    test_ = await testDatabase([of()]);
    expect(await judged(of(notNull('city').above('20 %')), 0)).toBe('published');
    expect(await said('not_null(city) above 20 %')).toBe('0 ["2 of 10 rows break it; 20 % may"]');
    expect(await judged(of(notNull('city').above('19 %')), 0)).toBe('held');
    expect(await judged(of(between('seq', 0, 6).above(3)), 0)).toBe('published');
    expect(await judged(of(between('seq', 0, 6).above(2)), 0)).toBe('held');
    expect(await said('between(seq, 0, 6) above 2')).toMatch(/^3 \["at=/);
    expect(await judged(of(between('seq', 0, 6).above(2).warn()), 0)).toBe('published');
    // Of repeated keys as many as there are, not as many rows as have them.
    expect(await judged(of(unique('at').above(1)), 0)).toBe('published');
  });

  test('asks all checks of single rows in one scan, and shows rows of those alone that fail', async () => {
    const twenty = Array.from({ length: 19 }, (_, i) => between('seq', 0, 50 + i));
    const pipeline = shop([...twenty, expression(sql`seq < 9 -- of ten`), notNull('at')], [10]);
    test_ = await testDatabase([pipeline]);
    const asked = jest.spyOn(Client.prototype, 'query');
    try {
      expect(await judged(pipeline, 0)).toBe('held');
      const reading = (asked.mock.calls as unknown as [unknown][])
        .map(([query]) => (typeof query === 'string' ? query : ((query as { text?: string }).text ?? '')))
        .filter((statement) => statement.includes('as t') && statement.includes('shop_sales'));
      expect(reading).toHaveLength(2);
    } finally {
      asked.mockRestore();
    }
    expect(await said('expression')).toMatch(/^1 \["at=\S+ seq=9 city=Oslo"\]/);
  });
});
