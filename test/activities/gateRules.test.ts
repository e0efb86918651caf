import { between, rowCount } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, curated, date, definePipeline, sql, text } from '../../model';
import type { GateCheck } from '../../model/definition/check';
import type { Outcome } from '../../model/run/outcome';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');

describe('what closes a gate', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  /** Totals by day and sensor; with `grouped` false a row a reading, under the same key. */
  function totals(options: { checks?: GateCheck<{ total: bigint }>[]; grouped?: boolean } = {}): {
    pipeline: Pipeline;
    run: (...rows: string[]) => Promise<Outcome>;
  } {
    const { pipeline: lab, readings, files } = sensors();
    const table = curated({
      name: 'totals',
      columns: { day: date(), sensor: text(), total: bigint() },
      key: ['day', 'sensor'],
      checks: options.checks ?? [],
      select: ({ window }) =>
        options.grouped === false
          ? sql`select (r.at at time zone 'utc')::date as day, r.sensor, r.value::bigint as total from ${readings} r where ${window.covers('r.at')}`
          : sql`select (r.at at time zone 'utc')::date as day, r.sensor, sum(r.value)::bigint as total from ${readings} r where ${window.covers('r.at')} group by 1, 2`,
    });
    const pipeline = definePipeline({
      ...{ name: lab.name, description: lab.description, owners: lab.owners, source: files, window: '1d' },
      ...{ from: '2024-05-01T00:00:00Z', cleaned: readings, curated: [table] },
      publish: [postgresTable(table, 'marts.totals')],
    });
    const run = (...rows: string[]): Promise<Outcome> => {
      files.write('a.csv', readingsCsv(...rows));
      return new ActivityRunner(test_.database, [pipeline]).run(pipeline, DAY1);
    };
    return { pipeline, run };
  }

  test('not a warning: it is recorded', async () => {
    const { pipeline, run } = totals({ checks: [between('total', 0, 5).warn()] });
    test_ = await testDatabase([pipeline]);
    expect((await run('2024-05-01T01:00Z north 9 1')).state).toBe('published');
    expect(
      await test_.database.query(`select rows::int from weir.check_results where severity = 'warn' and rows > 0`),
    ).toEqual([{ rows: 1 }]);
  });

  test('two rows of one key, though nobody asked', async () => {
    const { pipeline, run } = totals({ grouped: false });
    test_ = await testDatabase([pipeline]);
    const outcome = await run('2024-05-01T01:00Z north 9 1', '2024-05-01T02:00Z north 9 1');
    expect(outcome).toMatchObject({ state: 'held', gate: { failed: [{ check: 'key(day, sensor)' }] } });
  });

  test('a null where the columns let none be', async () => {
    const { pipeline, run } = totals();
    test_ = await testDatabase([pipeline]);
    expect(await run('2024-05-01T01:00Z north - 1')).toMatchObject({ state: 'held' });
  });

  test('more rows than may come, against those that were published before', async () => {
    const { pipeline, run } = totals({ checks: [rowCount({ maxChange: 0.5 })] });
    test_ = await testDatabase([pipeline]);
    const [north, south] = ['2024-05-01T01:00Z north 1 1', '2024-05-01T01:00Z south 1 1'];
    expect((await run(north)).state).toBe('published');
    expect((await run(north, south)).state).toBe('held');
    expect((await run(north)).state).toBe('published');
  });
});
