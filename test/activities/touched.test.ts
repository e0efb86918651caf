import { references } from '../../checks';
import type { Pipeline } from '../../model';
import { cleaned, curated, defineProject, definePipeline, integer, sql, text, timestamptz } from '../../model';
import { instant, millis } from '../../model/time/time';
import { parseRange, parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { fencedStep } from '../../store/ledger/fence';
import { windowStatuses } from '../../store/ledger/windows';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const DAY2 = parseWindow('1d', '2024-05-02');

describe('what is touched', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());
  const given = async (options: Parameters<typeof sensors>[0] = {}) => {
    const lab = sensors(options);
    test_ = await testDatabase([lab.pipeline]);
    return { ...lab, runner: new ActivityRunner(test_.database, [lab.pipeline]) };
  };
  const staleOf = async (register: readonly Pipeline[], pipeline: Pipeline, range: string): Promise<string[]> =>
    (await windowStatuses(test_.database, register, pipeline, parseRange('1d', range)))
      .filter(({ stale }) => stale !== null)
      .map(({ window }) => window);

  test('a clean commits while a refresh of the same window is held open', async () => {
    const { pipeline, files, runner } = await given();
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1'));
    await runner.run(pipeline, DAY1);
    const claim = await runner.claim(pipeline, DAY1);
    await runner.call('ingest', { claim, step: 1 });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const by = { workflowId: 'test', workflowRunId: runner.runOf({ claim })! };
    const refresh = fencedStep(
      test_.database,
      { claim, step: 2, attempt: 1, name: 'refresh', by },
      async () => {
        entered();
        await held;
        return { result: {} };
      },
      'repeatable read',
    );
    await inside;
    // Another window's run lands and cleans a late row of the window that is held: it ends before the refresh is let go.
    files.write('b.csv', readingsCsv('2024-05-01T02:00Z south 2 1', '2024-05-02T02:00Z south 2 1'));
    expect((await runner.run(pipeline, DAY2)).state).toBe('published');
    release();
    await refresh;
    expect(await staleOf([pipeline], pipeline, '2024-05-01..2024-05-03')).toEqual(['2024-05-01']);
  });

  test('one value corrected in a file of 36 months: one window', async () => {
    const { pipeline, files, runner } = await given();
    const first = millis(DAY1.start as never);
    const rows = Array.from(
      { length: 1_095 },
      (_, i) => `${instant(first + i * 86_400_000).slice(0, 10)}T01:00Z north ${i % 50} 1`,
    );
    files.write('years.csv', readingsCsv(...rows));
    const days = ['2024-05-01', '2024-09-09', '2025-01-01', '2027-04-29'].map((day) => parseWindow('1d', day));
    for (const day of days) await runner.run(pipeline, day);
    files.write(
      'years.csv',
      readingsCsv(...rows.map((row) => (row.startsWith('2025-01-01') ? row.replace(/north \d+/, 'north 77') : row))),
    );
    await runner.run(pipeline, days[0]!);
    expect(await staleOf([pipeline], pipeline, '2024-05-01..2027-05-01')).toEqual(['2025-01-01']);
    const facts = await test_.database.query(
      `select window_start from weir.touched where table_name = 'sensors_readings' and touched_at > (select max(landed_at) from weir.deliveries)`,
    );
    expect(facts).toEqual([{ window_start: '2025-01-01T00:00:00Z' }]);
  });

  test('rows of one file that beat each other in another order touch their window', async () => {
    const { pipeline, files, runner } = await given();
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1', '2024-05-01T01:00Z north 2 1'));
    await runner.run(pipeline, DAY1);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 2 1', '2024-05-01T01:00Z north 1 1'));
    await runner.run(pipeline, DAY2);
    expect(await staleOf([pipeline], pipeline, '2024-05-01..2024-05-02')).toEqual(['2024-05-01']);
  });

  test('a record from 1970 or 2099 makes no window', async () => {
    const { pipeline, files, runner } = await given();
    files.write(
      'a.csv',
      readingsCsv('1970-01-01T01:00Z north 1 1', '2024-05-01T01:00Z north 1 1', '2099-01-01T01:00Z north 1 1'),
    );
    await runner.run(pipeline, DAY1);
    expect(await test_.database.query(`select window_start from weir.windows`)).toEqual([{ window_start: DAY1.start }]);
  });

  test('a check that reads a table is a dependency: the window that it judged is stale when the table changes', async () => {
    const { pipeline, files, runner, daily } = await given();
    const notes = new MemoryFiles();
    const seen = cleaned({
      name: 'seen',
      columns: { at: timestamptz(), sensor: text(), value: integer() },
      key: ['at', 'sensor'],
      eventTime: 'at',
      checks: [references('sensor', daily, 'sensor').warn()],
    });
    const reader = definePipeline({
      name: 'reader',
      description: 'reads by a check alone',
      owners: ['lab@example.test'],
      source: notes,
      window: '1d',
      from: DAY1.start as never,
      cleaned: seen,
    });
    const register = [pipeline, reader];
    await test_.close();
    test_ = await testDatabase(register);
    const both = new ActivityRunner(test_.database, register);
    void runner;
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1'));
    notes.write('n.csv', 'at,sensor,value\n2024-05-01T01:00:00Z,north,1\n');
    await both.run(pipeline, DAY1);
    await both.run(reader, DAY1);
    expect(await staleOf(register, reader, '2024-05-01..2024-05-02')).toEqual([]);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z south 1 1'));
    await both.run(pipeline, DAY1);
    expect(await staleOf(register, reader, '2024-05-01..2024-05-02')).toEqual(['2024-05-01']);
  });

  test('facts of one window are folded: their number does not grow with every delivery', async () => {
    const { pipeline, files, runner } = await given();
    for (let i = 0; i < 40; i++) {
      files.write(`${i}.csv`, readingsCsv(`2024-05-01T01:00Z s${i} ${i} 1`));
      await runner.run(pipeline, DAY1);
    }
    const [facts] = await test_.database.query<{ n: string; sum: string }>(
      `select count(*) as n, sum(facts) as sum from weir.touched where table_name = 'sensors_readings'`,
    );
    expect(Number(facts!.sum)).toBe(40);
    expect(Number(facts!.n)).toBeLessThan(20);
    expect(await staleOf([pipeline], pipeline, '2024-05-01..2024-05-02')).toEqual([]);
  });
});

describe('a published table', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  test('keeps the rows that refer to it, where their key stays', async () => {
    const { pipeline, files } = sensors();
    test_ = await testDatabase([pipeline]);
    const { database } = test_;
    const runner = new ActivityRunner(database, [pipeline]);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1', '2024-05-01T01:00Z south 1 1'));
    await runner.run(pipeline, DAY1);
    await database.query(
      `create table public.remarks (window_start timestamptz, day date, sensor text, remark text,
         foreign key (window_start, day, sensor) references marts.sensors_daily (_window, day, sensor) on delete cascade)`,
    );
    await database.query(`insert into public.remarks select _window, day, sensor, 'mine' from marts.sensors_daily`);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 5 1'));
    expect(await runner.run(pipeline, DAY1)).toMatchObject({ written: 4 });
    expect(await database.query(`select sensor, remark from public.remarks`)).toEqual([
      { sensor: 'north', remark: 'mine' },
    ]);
    expect(await database.query(`select sensor, total from marts.sensors_daily`)).toEqual([
      { sensor: 'north', total: '5' },
    ]);
  });

  test('that swallows rows fails the publish, and readers keep the former window', async () => {
    const { pipeline, files } = sensors();
    test_ = await testDatabase([pipeline]);
    const { database } = test_;
    const runner = new ActivityRunner(database, [pipeline]);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1'));
    await runner.run(pipeline, DAY1);
    await database.query(`create function swallow() returns trigger language plpgsql as 'begin return null; end'`);
    await database.query(
      `create trigger swallow before insert on marts.sensors_daily for each row execute function swallow()`,
    );
    files.write('b.csv', readingsCsv('2024-05-01T02:00Z south 2 1'));
    await expect(runner.run(pipeline, DAY1)).rejects.toMatchObject({
      name: 'RowsRefused',
      message: expect.stringContaining('marts.sensors_daily 2024-05-01: PostgreSQL took 0 of 1 rows to insert'),
    });
    expect(await database.query(`select sensor from weir_curated.sensors_daily`)).toEqual([{ sensor: 'north' }]);
  });
});

describe('a ledger that lost what it had committed', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());
  const begun = async () => {
    const { pipeline, files } = sensors();
    test_ = await testDatabase([pipeline]);
    const runner = new ActivityRunner(test_.database, [pipeline]);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1'));
    const claim = await runner.claim(pipeline, DAY1);
    await runner.call('ingest', { claim, step: 1 });
    await runner.call('refresh', { claim, step: 2, table: 'sensors_readings' });
    return { runner, claim, pipeline };
  };
  const publishes = (runner: ActivityRunner, claim: Awaited<ReturnType<typeof begun>>['claim']) =>
    runner.call('refresh', { claim, step: 3, table: 'sensors_daily' });

  test.each([
    ['a step', `delete from weir.steps where step = 2`, /1 of the 2 steps before this one are not recorded/],
    ['every step', `delete from weir.steps`, /2 of the 2 steps/],
    ['the run', `delete from weir.runs`, /no run of this number/],
    [
      'the run, and gave its number again',
      `update weir.runs set workflow_run_id = 'other'`,
      /another run of this number/,
    ],
    ['itself: it is another ledger', `update weir.ledger set id = gen_random_uuid()`, /begun in another ledger/],
  ])('%s: the run writes nothing more', async (_, loss, message) => {
    const { runner, claim } = await begun();
    await test_.database.query(loss);
    await expect(publishes(runner, claim)).rejects.toMatchObject({
      name: 'RunLost',
      message: expect.stringMatching(message),
    });
    expect(await test_.database.query(`select from weir_stage.sensors_daily`)).toEqual([]);
  });

  test('begins again from the claim and publishes what an undisturbed run would have', async () => {
    const { runner, claim, pipeline } = await begun();
    await test_.database.query(`delete from weir.steps where step = 2`);
    const again = await runner.call('claim', { ...claim.order, again: true }, 1, runner.runOf({ claim })!);
    expect(again.epoch).toBe(claim.epoch);
    await runner.call('ingest', { claim: again, step: 1 });
    await runner.call('refresh', { claim: again, step: 2, table: 'sensors_readings' });
    await runner.call('refresh', { claim: again, step: 3, table: 'sensors_daily' });
    expect(await runner.call('publish', { claim: again, step: 4 })).toMatchObject({ state: 'published', rows: 1 });
    expect(pipeline.name).toBe('sensors');
  });
});

test('pipelines that read each other in a circle are refused where the project is declared', () => {
  const files = new MemoryFiles();
  const one = (
    name: string,
    other: () => Pipeline['curated'][number] | null,
  ): { pipeline: Pipeline; table: Pipeline['curated'][number] } => {
    const rows = cleaned({ name: `${name}_rows`, columns: { id: integer() }, key: ['id'] });
    const read = other();
    const table = curated({
      name: `${name}_table`,
      columns: { id: integer() },
      key: ['id'],
      select: () =>
        read ? sql`select r.id from ${rows} r join ${read} o using (id)` : sql`select r.id from ${rows} r`,
    });
    const pipeline = definePipeline({
      ...{ name, description: name, owners: ['lab@example.test'], source: files, window: 'whole' },
      cleaned: rows,
      curated: [table],
      publish: [postgresTable(table, `marts.${name}`)],
    });
    return { pipeline, table };
  };
  const b = one('b', () => null);
  const a = one('a', () => b.table);
  // A definition is a value and cannot name a later one: a circle needs a check that was added afterwards.
  const circle = {
    ...b.pipeline,
    cleaned: { ...b.pipeline.cleaned, checks: [references('id' as never, a.table, 'id')] },
  } as Pipeline;
  expect(() => defineProject({ pipelines: [a.pipeline, circle] })).toThrow(/a -> b -> a|b -> a -> b/);
  expect(defineProject({ pipelines: [a.pipeline, b.pipeline] }).pipelines).toHaveLength(2);
});
