import type { Pipeline } from '../../model';
import { cleaned, curated, date, definePipeline, bigint, integer, sql, text, timestamptz } from '../../model';
import type { PipelineDefinition } from '../../model/definition/pipeline';
import { parseRange, parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { windowStatuses } from '../../store/ledger/windows';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const DAY1 = parseWindow('1d', '2024-05-01');
const DAY2 = parseWindow('1d', '2024-05-02');

const line = (day: number, n: number, value: unknown = n): string =>
  JSON.stringify({ at: `2024-05-0${day}T01:00:00Z`, id: `${day}-${n}`, value });
const lines = (...records: string[]): string => records.map((record) => `${record}\n`).join('');
const tens = (day: number, value?: unknown): string[] => Array.from({ length: 10 }, (_, n) => line(day, n, value ?? n));

function feed(more: Partial<PipelineDefinition> = {}): { pipeline: Pipeline; files: MemoryFiles } {
  const files = new MemoryFiles('ndjson');
  const events = cleaned({
    name: 'events',
    columns: { at: timestamptz(), id: text(), value: integer() },
    key: ['at', 'id'],
    eventTime: 'at',
  });
  const daily = curated({
    name: 'daily',
    columns: { day: date(), total: bigint() },
    key: ['day'],
    select: ({ window }) => sql`
      select (e.at at time zone 'utc')::date as day, sum(e.value) as total
        from ${events} e
       where ${window.covers('e.at')}
       group by 1`,
  });
  const pipeline = definePipeline({
    name: 'feed',
    description: 'events by day',
    owners: ['feed@example.test'],
    source: files,
    window: '1d',
    from: '2024-05-01T00:00:00Z',
    cleaned: events,
    curated: [daily],
    publish: [postgresTable(daily, 'marts.daily')],
    ...more,
  });
  return { pipeline, files };
}

describe('the gate on dead letters', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());
  /** Two good days, published; then the file becomes `text`, and day 1 runs. */
  const after = async (text: string | Buffer, more: Partial<PipelineDefinition> = {}) => {
    const { pipeline, files } = feed(more);
    test_ = await testDatabase([pipeline]);
    const runner = new ActivityRunner(test_.database, [pipeline]);
    files.write('feed.ndjson', lines(...tens(1), ...tens(2)));
    for (const day of [DAY1, DAY2]) await runner.run(pipeline, day);
    files.write('feed.ndjson', text);
    const outcome = await runner.run(pipeline, DAY1);
    return { pipeline, runner, files, outcome };
  };
  test('a file of which no record has a readable time holds the window that it was landed for, and no other', async () => {
    const { pipeline, files } = feed({ allowEmpty: true });
    test_ = await testDatabase([pipeline]);
    const runner = new ActivityRunner(test_.database, [pipeline]);
    files.write('1.ndjson', lines(...tens(1).map((one) => one.replace('2024-05-01T01:00:00Z', '05/01/2024'))));
    expect(await runner.run(pipeline, DAY1)).toMatchObject({
      ...{ state: 'held', gate: { table: 'events' } },
    });
    files.write('2.ndjson', lines(...tens(2)));
    expect(await runner.run(pipeline, DAY2)).toMatchObject({ state: 'published' });
    files.write('1.ndjson', lines(...tens(1)));
    expect(await runner.run(pipeline, DAY1)).toMatchObject({ state: 'published' });
  });

  const published = (): Promise<unknown[]> =>
    test_.database.query(`select day::text, total from marts.daily order by 1`);
  const FORMER = [
    { day: '2024-05-01', total: '45' },
    { day: '2024-05-02', total: '45' },
  ];

  test.each([
    [
      'every record has a new field',
      lines(...[...tens(1), ...tens(2)].map((record) => record.replace('}', ',"new":1}'))),
    ],
    ['a field is renamed', lines(...[...tens(1), ...tens(2)].map((record) => record.replace('"value"', '"amount"')))],
    ['a format changed', lines(...[...tens(1, 'seven'), ...tens(2, 'eight')])],
    ['it is an array instead of lines', `[${[...tens(1), ...tens(2)].join(',')}]\n`],
    ['a comma ends every line', lines(...[...tens(1), ...tens(2)].map((record) => `${record},`))],
    ['it is pretty-printed', JSON.stringify(JSON.parse(tens(1)[0]!), null, 2)],
    ['it holds lines that are none', 'a\nb\nc\n'],
  ])('%s: held, in every window that the file filled; readers keep what they had', async (_, text) => {
    const { outcome, runner, pipeline } = await after(text);
    expect(outcome).toMatchObject({ state: 'held', gate: { table: 'events' } });
    expect((await runner.run(pipeline, DAY2)).state).toBe('held');
    expect(await published()).toEqual(FORMER);
  });

  test('says how many of how many, and the first reason', async () => {
    const { outcome } = await after(lines(...tens(1, 'seven'), ...tens(2)));
    const failed = outcome.gate!.failed.find(({ check }) => check === 'dead_letters(at most 20 %)')!;
    expect(failed.severity).toBe('error');
    const [row] = await test_.database.query<{ sample: string[] }>(
      `select sample from weir.check_results where check_name = 'dead_letters(at most 20 %)' order by epoch desc limit 1`,
    );
    expect(row!.sample[0]).toBe('what=this window dead_letters=10 records=10 first_reason=value: not an integer');
    expect(row!.sample[1]).toBe('what=feed.ndjson dead_letters=10 records=20 first_reason=value: not an integer');
  });

  test('half a file holds the windows that the other half filled: what is missing is no dead letter', async () => {
    const { runner, pipeline, outcome } = await after(lines(...tens(1)));
    expect(outcome.state).toBe('published');
    expect(await runner.run(pipeline, DAY2)).toMatchObject({
      state: 'held',
      gate: { failed: [expect.objectContaining({ check: 'not_emptied' })] },
    });
    expect(await published()).toEqual(FORMER);
  });

  test('a stray bad record publishes, with a warning', async () => {
    const { outcome } = await after(lines(...tens(1), ...tens(2), line(1, 99, 'x')));
    expect(outcome).toMatchObject({ state: 'published' });
    const warned = await test_.database.query(
      `select severity, rows from weir.check_results where check_name = 'dead_letters(at most 1 %)' and rows > 0`,
    );
    expect(warned).toEqual([{ severity: 'warn', rows: '2' }]);
  });

  test('the definition chooses the limits, and whether a window may become empty', async () => {
    const { outcome } = await after(lines(...tens(2)), { allowEmpty: true });
    expect(outcome).toMatchObject({ state: 'published', rows: 0 });
    expect(await published()).toEqual(FORMER.slice(1));
    expect(() => feed({ deadLetters: { errorAbove: '2' as never } })).toThrow(/"2" is no share: write 1 %/);
  });

  test('a good file again opens the gate, also after two bad ones', async () => {
    const { runner, pipeline, files } = await after('a\nb\n');
    files.write('feed.ndjson', 'c\nd\n');
    expect((await runner.run(pipeline, DAY1)).state).toBe('held');
    files.write('feed.ndjson', lines(...tens(1), line(1, 10, 5), ...tens(2)));
    for (const day of [DAY1, DAY2]) expect((await runner.run(pipeline, day)).state).toBe('published');
    expect(await published()).toEqual([{ day: '2024-05-01', total: '50' }, FORMER[1]]);
    const statuses = await windowStatuses(
      test_.database,
      [pipeline],
      pipeline,
      parseRange('1d', '2024-05-01..2024-05-03'),
    );
    expect(statuses.map(({ state, stale }) => [state, stale])).toEqual([
      ['published', null],
      ['published', null],
    ]);
  });
});
