import { rowCount, unique } from '../../checks';
import { gateCheck } from '../../checks/gateCheck';
import type { Pipeline } from '../../model';
import { cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model';
import type { GateCheck } from '../../model/definition/check';
import type { Outcome } from '../../model/run/outcome';
import { parseWindow } from '../../model/time/window';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const hours = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `2024-05-01T${String(i).padStart(2, '0')}:00Z north ${i} 1`);

describe('the gate', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  /** Failing rows do not come back with the answer: the ledger has them. */
  const withSamples = async (answer: Promise<Outcome>): Promise<Outcome> => {
    const outcome = await answer;
    if (!outcome.gate) return outcome;
    const { gate } = outcome;
    expect(gate.failed.flatMap(({ sample }) => sample)).toEqual([]);
    const kept = await test_.database.query<{ check_name: string; sample: string[] }>(
      `select check_name, sample from weir.check_results
        where table_name = $1 and epoch = (select max(epoch) from weir.runs)`,
      [gate.table],
    );
    const failed = gate.failed.map((one) => ({
      ...one,
      sample: kept.find(({ check_name }) => check_name === one.check)!.sample,
    }));
    return { ...outcome, gate: { ...gate, failed } };
  };

  test('closed: curated and published stay as they were, the window is held, the check says why', async () => {
    const lab = sensors();
    test_ = await testDatabase([lab.pipeline]);
    const bench = new ActivityRunner(test_.database, [lab.pipeline]);
    lab.files.write('a.csv', readingsCsv(...hours(2)));
    await bench.run(lab.pipeline, DAY1);
    lab.files.write('a.csv', readingsCsv(...hours(6)));
    const outcome = await withSamples(bench.run(lab.pipeline, DAY1));
    expect(outcome.state).toBe('held');
    expect(outcome.gate).toMatchObject({
      table: 'sensors_daily',
      closed: true,
      failed: [{ check: 'between(readings, 1, 5)', rows: 1 }],
    });
    expect(outcome.gate!.failed[0]!.sample[0]).toContain('readings=6');
    for (const table of ['marts.sensors_daily', 'curated.sensors_daily']) {
      expect(await test_.database.query(`select readings from ${table}`)).toEqual([{ readings: 2 }]);
    }
    expect(await test_.database.query(`select state from weir.windows`)).toEqual([{ state: 'held' }]);
    expect(await test_.database.query(`select from weir_stage.sensors_daily`)).toEqual([]);
    // Corrected data opens it again.
    lab.files.write('a.csv', readingsCsv(...hours(3)));
    expect((await bench.run(lab.pipeline, DAY1)).state).toBe('published');
    expect(await test_.database.query(`select readings from marts.sensors_daily`)).toEqual([{ readings: 3 }]);
  });

  /** Readings by day and by sensor, with the checks and selects of a test. */
  async function given(
    options: {
      readings?: GateCheck<unknown>[];
      daily?: GateCheck<unknown>[];
      perSensor?: GateCheck<unknown>[];
      sensor?: string;
      key?: GateCheck<{ day: unknown; sensor: unknown }>[];
    } = {},
  ): Promise<{
    run: (...rows: string[]) => ReturnType<ActivityRunner['run']>;
    pipeline: Pipeline;
    bench: ActivityRunner;
  }> {
    const readings = cleaned({
      name: 'readings',
      columns: { at: timestamptz(), sensor: text().nullable(), value: integer(), revision: integer().nullable() },
      key: ['at', 'sensor'],
      eventTime: 'at',
      checks: options.readings ?? [],
    });
    const daily = curated({
      name: 'daily',
      columns: { day: date(), readings: integer() },
      key: ['day'],
      checks: options.daily ?? [],
      select: ({ window }) => sql`
        select (r.at at time zone 'utc')::date as day, count(*) as readings
          from ${readings} r
         where ${window.covers('r.at')}
         group by 1`,
    });
    const perSensor = curated({
      name: 'per_sensor',
      columns: { day: date(), sensor: text().nullable(), readings: integer() },
      key: ['day', 'sensor'],
      checks: [...(options.perSensor ?? []), ...(options.key ?? [])],
      select: ({ window }) => sql`
        select (r.at at time zone 'utc')::date as day, r.sensor, count(*) as readings
          from ${readings} r
         where ${window.covers('r.at')}
         group by 1, 2, ${options.key ? sql`r.at` : sql`()`}`,
    });
    const files = new MemoryFiles();
    const pipeline = definePipeline({
      name: 'lab',
      description: 'readings',
      owners: ['lab@example.test'],
      source: files,
      window: '1d',
      from: '2024-05-01',
      cleaned: readings,
      curated: [daily, perSensor],
    });
    test_ = await testDatabase([pipeline]);
    const bench = new ActivityRunner(test_.database, [pipeline]);
    const run = (...rows: string[]): ReturnType<ActivityRunner['run']> => {
      files.write('a.csv', readingsCsv(...rows));
      return withSamples(bench.run(pipeline, DAY1));
    };
    return { run, pipeline, bench };
  }
  const perSensor = (sensors_: string, count = 1): string[] =>
    [...sensors_].flatMap((sensor, i) =>
      Array.from(
        { length: count },
        (_, j) => `2024-05-01T${String(i).padStart(2, '0')}:${String(j).padStart(2, '0')}Z ${sensor} 1 1`,
      ),
    );

  test('a cleaned table is compared with what it held when its window was last published', async () => {
    const { run } = await given({ readings: [rowCount({ maxChange: 0.1 })] });
    expect((await run(...perSensor('abcdefghij'))).state).toBe('published');
    expect((await run(...perSensor('abcdefghi'))).state).toBe('published');
    const shrunk = await run(...perSensor('abcd'));
    expect(shrunk).toMatchObject({
      state: 'held',
      gate: { table: 'readings', failed: [{ check: 'row_count(maxChange 0.1)', sample: ['rows=4 former=9'] }] },
    });
    // What is held is no standard: the same again is held again.
    expect((await run(...perSensor('abcd'))).state).toBe('held');
    expect((await run(...perSensor('abcdefghij'))).gate).toMatchObject({ failed: [{ sample: ['rows=10 former=9'] }] });
  });

  test('each curated table is compared with itself', async () => {
    const most = (): GateCheck<unknown>[] => [rowCount({ maxChange: 0.3 })];
    const { run } = await given({ daily: most(), perSensor: most() });
    expect((await run(...perSensor('abcdefghi', 2))).state).toBe('published');
    // One day and nine sensors, before and after: neither changed.
    expect((await run(...perSensor('abcdefghi', 3))).state).toBe('published');
    expect((await run(...perSensor('abcde', 3))).gate).toMatchObject({
      table: 'per_sensor',
      failed: [{ check: 'row_count(maxChange 0.3)', sample: ['rows=5 former=9'] }],
    });
  });

  test('a null in the key of a curated table closes it, with the row, before an insert is refused', async () => {
    const { run } = await given();
    expect(await run('2024-05-01T01:00Z a 1 1', '2024-05-01T02:00Z - 1 1')).toMatchObject({
      state: 'held',
      gate: {
        table: 'per_sensor',
        failed: [
          {
            check: 'not_nullable(day, sensor, readings)',
            severity: 'error',
            rows: 1,
            sample: ['day=2024-05-01 sensor=null readings=1'],
          },
        ],
      },
    });
  });

  test('a key that comes twice closes it, even where it is declared as a warning', async () => {
    const { run } = await given({ key: [unique('day', 'sensor').warn()] });
    expect(await run('2024-05-01T01:00Z a 1 1', '2024-05-01T02:00Z a 1 1')).toMatchObject({
      state: 'held',
      gate: {
        failed: [
          { check: 'key(day, sensor)', severity: 'error', sample: ['day=2024-05-01 sensor=a count=2'] },
          { check: 'unique(day, sensor)', severity: 'warn', rows: 1 },
        ],
      },
    });
    expect(
      await test_.database.query(
        `select check_name, severity, rows from weir.check_results where table_name = 'per_sensor' order by 1`,
      ),
    ).toEqual([
      { check_name: 'key(day, sensor)', severity: 'error', rows: '1' },
      { check_name: 'not_nullable(day, sensor, readings)', severity: 'error', rows: '0' },
      { check_name: 'unique(day, sensor)', severity: 'warn', rows: '1' },
    ]);
  });

  test('a check may ask for its window, its rows and the windows before: a new kind needs no new gate', async () => {
    const told = gateCheck<unknown>({
      name: 'told',
      label: 'told()',
      failing: ({ target, window, rows, formerRows, trailing }) => sql`
        select ${window.start}::text as start, ${rows}::int as rows, ${formerRows}::int as former,
               (select count(*) from ${target} t) as counted,
               (select string_agg(to_char(w.window_start at time zone 'utc', 'DD') || ':' || w.rows, ' ') from ${trailing(2)} w) as before`,
    });
    const { pipeline, bench } = await given({ readings: [told.warn()] });
    const files = pipeline.source as MemoryFiles;
    files.write(
      'all.csv',
      readingsCsv(...['01', '02', '02', '03', '04'].map((day, i) => `2024-05-${day}T0${i}:00Z a 1 1`)),
    );
    for (const day of ['01', '02', '03', '04', '04']) await bench.run(pipeline, parseWindow('1d', `2024-05-${day}`));
    const answers = await test_.database.query<{ sample: string[] }>(
      `select sample from weir.check_results where check_name = 'told()' order by epoch`,
    );
    expect(answers.map(({ sample }) => sample[0])).toEqual([
      'start=2024-05-01T00:00:00Z rows=1 former=null counted=1 before=null',
      'start=2024-05-02T00:00:00Z rows=2 former=null counted=2 before=01:1',
      'start=2024-05-03T00:00:00Z rows=1 former=null counted=1 before=02:2 01:1',
      'start=2024-05-04T00:00:00Z rows=1 former=null counted=1 before=03:1 02:2',
      'start=2024-05-04T00:00:00Z rows=1 former=1 counted=1 before=03:1 02:2',
    ]);
  });
});
