import { expression, unique } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, date, definePipeline, float, integer, sql, text, timestamptz } from '../../model';
import { postgresTable } from '../../sinks';
import { explainDefinitions } from '../../store/schema/explain';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { sensors } from '../setup/sensors';

const readings = cleaned({
  name: 'readings',
  columns: { at: timestamptz(), sensor: text(), value: integer().nullable() },
  key: ['at', 'sensor'],
  eventTime: 'at',
});

const columns = { day: date(), sensor: text(), total: bigint().nullable(), mean: float().nullable() };

/** A pipeline whose one curated table is made by `select`. */
function lab(select: Parameters<typeof curated>[0]['select'], more: Partial<Pipeline> = {}): Pipeline {
  const daily = curated({ name: 'daily', columns, key: ['day', 'sensor'], checks: [unique('day', 'sensor')], select });
  return definePipeline({
    name: 'lab',
    description: 'sensor readings',
    owners: ['lab@example.test'],
    source: new MemoryFiles(),
    window: '1d',
    from: '2024-05-01T00:00:00Z',
    cleaned: readings,
    curated: [daily],
    publish: [postgresTable(daily, 'marts.daily')],
    ...more,
  });
}

const good = lab(
  ({ window }) => sql`
    select (r.at at time zone 'utc')::date as day, r.sensor, sum(r.value) as total, avg(r.value)::float as mean
      from ${readings} r
     where ${window.covers('r.at')}
     group by 1, 2`,
);

describe('explaining definitions', () => {
  let test_: TestDatabase;
  beforeEach(async () => void (test_ = await testDatabase()));
  afterEach(() => test_.close());
  const told = async (...register: Pipeline[]): Promise<(string | undefined)[][]> =>
    (await explainDefinitions(test_.database, register)).map(({ table, column, what, line }) => [
      table,
      column,
      what,
      line,
    ]);

  test('finds nothing in what is right, and leaves nothing behind', async () => {
    expect(await told(good, sensors().pipeline)).toEqual([]);
    expect(
      await test_.database.query(
        `select relname from pg_class where relname ~ 'readings|daily' or relname = 'described'`,
      ),
    ).toEqual([]);
  });

  test('lists every column that is missing, not declared, or of a type that would be bent', async () => {
    const wrong = lab(
      ({ window }) => sql`
        select r.at::text as day, r.sensor, sum(r.value)::numeric as total, 1 as extra
          from ${readings} r
         where ${window.covers('r.at')}
         group by r.at, r.sensor`,
    );
    expect(await told(wrong)).toEqual([
      ['daily', 'day', 'column day is declared date, the select makes text', undefined],
      ['daily', 'total', 'column total is declared bigint, the select makes numeric', undefined],
      ['daily', 'mean', 'column mean is declared, the select makes day, sensor, total, extra', undefined],
      ['daily', 'extra', 'the select makes column extra, which is not declared', undefined],
    ]);
  });

  test('shows the line that PostgreSQL points at, with its tables as the author wrote them', async () => {
    const wrong = lab(
      ({ window }) => sql`
        select (r.at at time zone 'utc')::date as day, r.sensor,
               sum(r.valeu) as total, 1.5::float as mean
          from ${readings} r join ${readings} other on other.sensro = r.sensor
         where ${window.covers('r.at')}
         group by 1, 2`,
    );
    const [[, , what, line]] = (await told(wrong)) as [string[]];
    // PostgreSQL stops at the first: the join comes before the select's list.
    expect(what).toContain('column other.sensro does not exist');
    expect(line).toBe('from ${readings} r join ${readings} other on other.sensro = r.sensor');
  });

  test('asks every check, and goes on after one that is refused', async () => {
    const daily = curated({
      name: 'daily',
      columns,
      key: ['day', 'sensor'] as const,
      checks: [
        expression(sql`nothing > 1`, { label: 'no such column' }),
        expression(sql`total is between`, { label: 'no predicate' }),
        expression(sql`total >= 0`),
      ],
      select: () => good.curated[0]!.select,
    });
    const problems = await explainDefinitions(test_.database, [{ ...good, curated: [daily], publish: [] }]);
    expect(problems.map(({ what }) => what.split(':')[0])).toEqual([
      'check expression(no such column)',
      'check expression(no predicate)',
    ]);
    expect(problems[0]).toMatchObject({
      pipeline: 'lab',
      table: 'daily',
      line: 'where (nothing > 1',
      next: 'fix pipelines/lab.ts, then: weir check lab',
    });
  });

  test('a dollar and a number in the text of a select are not taken for a value', async () => {
    const priced = lab(
      ({ window }) => sql`
        select (r.at at time zone 'utc')::date as day, 'costs $1' as sensor, count(*) as total, null::float as mean
          from ${readings} r
         where ${window.covers('r.at')}
         group by 1`,
    );
    expect(await told(priced)).toEqual([]);
  });

  test('names a table that no pipeline of the register makes', async () => {
    const other = cleaned({ name: 'places', columns: { sensor: text() }, key: ['sensor'] });
    const wrong = lab(() => sql`select current_date as day, p.sensor, 1 as total, null::float as mean from ${other} p`);
    expect(await told(wrong)).toEqual([
      ['daily', undefined, 'reads places, which no pipeline of the register makes', undefined],
    ]);
  });

  test('a table that is there in another shape, or is not ours, is a problem and not the end', async () => {
    await ensureLayerTables(test_.database, [good]);
    await test_.database.query(`drop table marts.daily; create view marts.daily as select 1 as day`);
    await test_.database.query(`drop view curated.daily; alter table weir_curated.daily alter column mean type text`);
    const changed: Pipeline = {
      ...good,
      curated: [{ ...good.curated[0]!, key: ['sensor'] }],
    };
    const problems = await explainDefinitions(test_.database, [changed]);
    expect(problems.map(({ what }) => what)).toEqual([
      'column mean is declared double precision, weir_curated.daily has text',
      'the key is declared (sensor), weir_curated.daily has (day, sensor)',
      'marts.daily is there, and weir did not make it',
    ]);
  });

  test('a column that a definition gained or lost is no problem: apply adds and drops it', async () => {
    await ensureLayerTables(test_.database, [good]);
    const { mean, ...kept } = columns;
    const daily = curated({
      name: 'daily',
      columns: { ...kept, average: mean },
      key: ['day', 'sensor'],
      select: ({ window }) => sql`
        select (r.at at time zone 'utc')::date as day, r.sensor, sum(r.value) as total, avg(r.value)::float as average
          from ${readings} r
         where ${window.covers('r.at')}
         group by 1, 2`,
    });
    expect(
      await told({
        ...good,
        curated: [daily],
        publish: [postgresTable(daily, 'marts.daily')],
      }),
    ).toEqual([]);
  });

  test('two pipelines must not write one table, nor anyone a schema of ours', async () => {
    const twin = lab(() => good.curated[0]!.select);
    const greedy: Pipeline = { ...good, publish: [postgresTable(good.curated[0]!, 'weir.windows')] };
    expect((await told({ ...good, name: 'a' }, { ...twin, name: 'b' })).map(([, , what]) => what)).toEqual(
      expect.arrayContaining([
        'weir_curated.daily is written by daily of pipeline b too',
        'marts.daily is written by daily of pipeline a too',
      ]),
    );
    expect((await told(greedy)).map(([, , what]) => what)).toEqual([
      'publishes to weir.windows: schema weir is reserved',
      'weir.windows is there, and weir did not make it',
    ]);
  });

  test('a pipeline is asked about alone, with the tables of the others there', async () => {
    const { pipeline } = sensors();
    const wrong = lab(() => sql`select 1 as day`);
    expect(await explainDefinitions(test_.database, [pipeline, wrong], [pipeline])).toEqual([]);
  });
});
