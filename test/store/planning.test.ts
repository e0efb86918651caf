import { between, notNull } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, date, definePipeline, float, integer, sql, text, timestamptz } from '../../model';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { planHash, planPipelines } from '../../store/reports/owed';
import { dropColumns, addColumns } from '../../store/schema/addDropColumns';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import type { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const NOW = '2024-06-01T00:00:00Z';
const DAYS = ['2024-05-01', '2024-05-02', '2024-05-03'];

/** The sensors' pipeline over three days, in another version of its code. */
function version(
  source: MemoryFiles,
  change: { most?: number; sum?: string; columns?: object; description?: string } = {},
): Pipeline {
  const readings = cleaned({
    name: 'sensors_readings',
    columns: { at: timestamptz(), sensor: text(), value: integer().nullable(), revision: integer().nullable() },
    key: ['at', 'sensor'],
    eventTime: 'at',
    checks: [notNull('sensor').deadLetter(), between('value', -100, change.most ?? 100).deadLetter()],
  });
  const daily = curated({
    name: 'sensors_daily',
    columns: {
      day: date(),
      sensor: text(),
      readings: integer(),
      total: bigint().nullable(),
      ...((change.columns ?? { mean: float().nullable() }) as { mean: ReturnType<typeof float> }),
    },
    key: ['day', 'sensor'],
    select: ({ window }) => sql`
      select (r.at at time zone 'utc')::date as day, r.sensor, count(*) as readings,
             ${change.sum === 'twice' ? sql`sum(r.value) * 2` : sql`sum(r.value)`} as total,
             ${change.columns ? sql`max(r.value) as highest` : sql`avg(r.value)::float as mean`}
        from ${readings} r
       where ${window.covers('r.at')}
       group by 1, 2`,
  });
  return definePipeline({
    // One bad record among a few is the point here; the gate on dead letters has tests of its own.
    deadLetters: { errorAbove: '100 %' },
    name: 'sensors',
    description: change.description ?? 'sensor readings',
    owners: ['lab@example.test'],
    source,
    window: '1d',
    from: '2024-05-01T00:00:00Z',
    until: '2024-05-04T00:00:00Z',
    cleaned: readings,
    curated: [daily],
    publish: [postgresTable(daily, 'marts.sensors_daily')],
  });
}

describe('a plan', () => {
  let test_: TestDatabase;
  let files: MemoryFiles;
  let first: Pipeline;
  beforeEach(async () => {
    ({ files } = sensors());
    first = version(files);
    test_ = await testDatabase([first]);
    files.write('a.csv', readingsCsv(...DAYS.map((day) => `${day}T01:00Z north 3 1`), '2024-05-01T02:00Z south 500 1'));
  });
  afterEach(() => test_.close());

  const run = (pipeline: Pipeline, days = DAYS) =>
    Promise.all(
      [new ActivityRunner(test_.database, [pipeline])].map(async (bench) => {
        for (const day of days) await bench.run(pipeline, parseWindow('1d', day));
      }),
    );
  const planOf = async (pipeline: Pipeline) => {
    await ensureLayerTables(test_.database, [pipeline]);
    return (await planPipelines(test_.database, [pipeline], [pipeline], NOW))[0]!;
  };
  const none = { missing: [], lost: [], failed: [], held: [], touched: [], code: [], target: [], checks: [] };

  test('of windows that never ran says so, and has no cost to tell', async () => {
    expect(await planOf(first)).toMatchObject({ windows: { ...none, missing: DAYS }, cost: null, changes: [] });
  });

  test('is empty when all is published, whatever a description says', async () => {
    await run(first);
    expect(await planOf(version(files, { description: 'better words' }))).toMatchObject({
      windows: none,
      range: null,
      changes: [],
      clean: { segments: 0 },
      reshapes: [],
    });
  });

  test('tells the failed, the touched and the never run apart, and costs by what runs took', async () => {
    await run(first, DAYS.slice(0, 2));
    files.write('b.csv', readingsCsv('2024-05-02T05:00Z west 1 1', '2024-05-03T05:00Z west 1 1'));
    await run(first, ['2024-05-03']);
    const plan = await planOf(first);
    expect(plan.windows).toEqual({ ...none, touched: ['2024-05-02'] });
    expect(plan.range).toEqual(parseWindow('1d', '2024-05-02'));
    expect(plan.cost!.ms).toBeGreaterThan(0);
    // Refreshed so far: 1 + 1, 1 + 1 and 2 + 2 rows of cleaned and curated, in three runs.
    expect(plan.cost!.rows).toBe(Math.round(8 / 3));
  });

  test('of a changed select leaves cleaned alone, and shows the part of the select', async () => {
    await run(first);
    const changed = version(files, { sum: 'twice' });
    const plan = await planOf(changed);
    expect(plan).toMatchObject({ windows: { ...none, code: DAYS }, clean: { segments: 0, records: 0 } });
    expect(plan.changes).toEqual([
      {
        table: 'sensors_daily',
        what: [
          'select: … readings, sum(r.value) as total, avg(r.value)::…  ->  … readings, sum(r.value) * 2 as total, avg(r.value)::…',
        ],
      },
    ]);
    await run(changed);
    expect((await planOf(changed)).windows).toEqual(none);
    expect(await test_.database.query(`select total from marts.sensors_daily where sensor = 'north' limit 1`)).toEqual([
      { total: '6' },
    ]);
  });

  test('of a changed check that dead-letters cleans each segment once more', async () => {
    await run(first);
    const changed = version(files, { most: 1_000 });
    const plan = await planOf(changed);
    expect(plan).toMatchObject({
      windows: { ...none, code: DAYS },
      clean: { segments: 1, records: 4 },
      changes: [
        {
          table: 'sensors_readings',
          what: [
            'dead-lettering check between(value, -100, 1000) is new',
            'dead-lettering check between(value, -100, 100) is gone',
          ],
        },
      ],
    });
    await run(changed);
    expect(await planOf(changed)).toMatchObject({ windows: none, clean: { segments: 0 } });
    expect(await test_.database.query('select from weir.dead_letters')).toEqual([]);
  });

  test('has the same hash until the ledger or the code moves', async () => {
    const hash = async (pipeline: Pipeline) => planHash([await planOf(pipeline)], [pipeline], []);
    const before = await hash(first);
    expect(await hash(version(files, { description: 'better words' }))).toBe(before);
    expect(await hash(version(files, { sum: 'twice' }))).not.toBe(before);
    await run(first, ['2024-05-01']);
    expect(await hash(first)).not.toBe(before);
  });

  test('with a new and a dropped column: readers keep every row and column until all windows are of the new code', async () => {
    await run(first);
    const changed = version(files, { columns: { highest: integer().nullable() } });
    const [plan] = await planPipelines(test_.database, [changed], [changed], NOW);
    expect(
      plan!.reshapes.map(({ relation, column, change }) => `${change} ${relation.replaceAll('"', '')}.${column}`),
    ).toEqual(
      ['weir_curated', 'weir_stage', 'marts'].flatMap((schema) => [
        `add ${schema}.sensors_daily.highest`,
        `drop ${schema}.sensors_daily.mean`,
      ]),
    );
    await addColumns(test_.database, [changed]);
    await ensureLayerTables(test_.database, [changed]);
    await run(changed, ['2024-05-01']);
    expect(await test_.database.query('select day::text, mean, highest from marts.sensors_daily order by day')).toEqual(
      [
        // Changed in place: a column that nothing declares keeps what it said, until it is dropped.
        { day: '2024-05-01', mean: 3, highest: 3 },
        { day: '2024-05-02', mean: 3, highest: null },
        { day: '2024-05-03', mean: 3, highest: null },
      ],
    );
    await run(changed);
    await dropColumns(test_.database, [changed]);
    expect(await test_.database.query(`select * from curated.sensors_daily where day = '2024-05-02'`)).toEqual([
      { day: '2024-05-02', sensor: 'north', readings: 1, total: '3', highest: 3 },
    ]);
    expect(await planOf(changed)).toMatchObject({ windows: none, reshapes: [] });
  });
});
