import type { Pipeline } from '../../model';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { forgetRemoved, forgetTargets, removedTargets } from '../../store/ledger/targets';
import { statusCounts } from '../../store/standing/statusCounts';
import { windowStatuses } from '../../store/ledger/windows';
import { verifyRange } from '../../store/proof/verify';
import { planPipelines } from '../../store/reports/owed';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const NOW = '2024-06-01T00:00:00Z';
const RANGE = { start: '2024-05-01T00:00:00Z', end: '2024-05-03T00:00:00Z' } as const;
const DAYS = ['2024-05-01', '2024-05-02'];

describe('what a target holds is known to the ledger', () => {
  let test_: TestDatabase;
  let lab: ReturnType<typeof sensors>;
  const publishing = (...relations: string[]): Pipeline => ({
    ...lab.pipeline,
    publish: relations.map((relation) => postgresTable(lab.daily, relation as 'marts.x')),
  });
  beforeEach(async () => {
    lab = sensors({ more: { until: RANGE.end } });
    test_ = await testDatabase([lab.pipeline]);
    lab.files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 3 1', '2024-05-02T02:00Z south 4 1'));
    await run(lab.pipeline);
  });
  afterEach(() => test_.close());

  async function run(pipeline: Pipeline, days = DAYS): Promise<void> {
    const runner = new ActivityRunner(test_.database, [pipeline]);
    for (const day of days) await runner.run(pipeline, parseWindow('1d', day), 'backfill');
  }
  const planOf = async (pipeline: Pipeline) => (await planPipelines(test_.database, [pipeline], [pipeline], NOW))[0]!;
  const stale = async (pipeline: Pipeline) =>
    (await windowStatuses(test_.database, [pipeline], pipeline, RANGE)).map((one) => one.stale);
  const rowsOf = async (relation: string) =>
    Number((await test_.database.query<{ n: string }>(`select count(*) as n from ${relation}`))[0]!.n);
  const differing = async (pipeline: Pipeline) =>
    (await verifyRange(test_.database, [pipeline], pipeline, RANGE, () => undefined)).compared
      .filter(({ equal }) => !equal)
      .map(({ table, window, owed }) => `${table} ${window}: ${owed}`);

  test('all is held after the windows ran, and nothing is owed', async () => {
    expect(await planOf(lab.pipeline)).toMatchObject({ range: null, targets: [], formerTargets: [] });
    expect(await stale(lab.pipeline)).toEqual([null, null]);
  });

  test('a second sink on a published pipeline is owed every window, and a run fills it', async () => {
    const two = publishing('marts.sensors_daily', 'marts.copy');
    await ensureLayerTables(test_.database, [two]);
    expect(await planOf(two)).toMatchObject({
      windows: { target: DAYS },
      targets: [{ relation: 'marts.copy', windows: DAYS }],
    });
    expect(await stale(two)).toEqual(['target', 'target']);
    expect(await statusCounts(test_.database, [two], two, NOW)).toMatchObject({ published: 2, stale: 2, unchecked: 0 });
    expect(await differing(two)).toEqual(DAYS.map((day) => `marts.copy ${day}: stale: not in marts.copy`));
    await run(two, ['2024-05-01']);
    expect(await stale(two)).toEqual([null, 'target']);
    await run(two, ['2024-05-02']);
    expect(await planOf(two)).toMatchObject({ range: null, targets: [] });
    expect(await rowsOf('marts.copy')).toBe(2);
    expect(await differing(two)).toEqual([]);
  });

  test.each([
    ['marts.sensors_daily', ''],
    ['weir_curated.sensors_daily', ' cascade'],
  ])('a dropped table (%s) is owed its windows before it is made again, and after', async (relation, cascade) => {
    await test_.database.query(`drop table ${relation}${cascade}`);
    expect(await planOf(lab.pipeline)).toMatchObject({ windows: { target: DAYS } });
    await ensureLayerTables(test_.database, [lab.pipeline]);
    expect(await rowsOf(relation)).toBe(0);
    expect(await planOf(lab.pipeline)).toMatchObject({ targets: [{ relation, windows: DAYS }] });
    await run(lab.pipeline);
    expect(await planOf(lab.pipeline)).toMatchObject({ range: null, targets: [] });
    expect(await rowsOf(relation)).toBe(2);
  });

  test.each(['marts.sensors_daily', 'weir_curated.sensors_daily'])(
    'a table that was emptied (%s) is owed its windows, and a run of one of them does not hide the others',
    async (relation) => {
      await test_.database.query(`truncate ${relation}`);
      expect(await planOf(lab.pipeline)).toMatchObject({
        windows: { target: DAYS },
        targets: [{ relation, windows: DAYS }],
      });
      expect(await stale(lab.pipeline)).toEqual(['target', 'target']);
      expect(await differing(lab.pipeline)).toEqual(DAYS.map((day) => `${relation} ${day}: stale: not in ${relation}`));
      await run(lab.pipeline, ['2024-05-02']);
      expect(await stale(lab.pipeline)).toEqual(['target', null]);
      await run(lab.pipeline, ['2024-05-01']);
      expect(await planOf(lab.pipeline)).toMatchObject({ range: null, targets: [] });
      expect(await differing(lab.pipeline)).toEqual([]);
    },
  );

  test('a table that holds no row since its windows have none is as it should be', async () => {
    lab.files.write('a.csv', readingsCsv());
    await run(lab.pipeline);
    expect(await rowsOf('marts.sensors_daily')).toBe(0);
    expect(await stale(lab.pipeline)).toEqual([null, null]);
  });

  test('a sink that was away while its table was published again is owed what it missed', async () => {
    const without = publishing();
    lab.files.write('b.csv', readingsCsv('2024-05-01T05:00Z west 1 1'));
    await run(without, ['2024-05-01']);
    expect(await stale(lab.pipeline)).toEqual(['target', null]);
  });

  test('a dropped sink is a line of the plan until it is forgotten; its rows stay', async () => {
    const without = publishing();
    expect(await planOf(without)).toMatchObject({ range: null, formerTargets: ['marts.sensors_daily'] });
    await forgetTargets(test_.database, without, ['marts.sensors_daily']);
    expect(await planOf(without)).toMatchObject({ formerTargets: [] });
    expect(await rowsOf('marts.sensors_daily')).toBe(2);
    // Taken up again it is not believed.
    expect(await stale(lab.pipeline)).toEqual(['target', 'target']);
  });

  test('what a pipeline published that is defined no more is known until it is forgotten; its rows stay', async () => {
    expect(await removedTargets(test_.database, [lab.pipeline])).toEqual([]);
    const removed = await removedTargets(test_.database, []);
    expect(removed).toEqual(
      ['marts.sensors_daily', 'weir_curated.sensors_daily'].map((relation) => ({
        ...{ pipeline: 'sensors', relation, windows: 2 },
      })),
    );
    await forgetRemoved(test_.database, removed);
    expect(await removedTargets(test_.database, [])).toEqual([]);
    expect(await rowsOf('marts.sensors_daily')).toBe(2);
    // Brought back it is not believed.
    expect(await stale(lab.pipeline)).toEqual(['target', 'target']);
  });

  test('what an earlier version published is held where its rows are, and owed where they are not', async () => {
    const two = publishing('marts.sensors_daily', 'marts.copy');
    await ensureLayerTables(test_.database, [two]);
    await test_.database.query('truncate weir.targets');
    await ensureLayerTables(test_.database, [two]);
    expect((await planOf(two)).targets).toEqual([{ relation: 'marts.copy', windows: DAYS }]);
  });

  test('a restored backup holds what it held, though its tables have other numbers', async () => {
    await test_.database.query('update weir.targets set generation = 1');
    await test_.database.query('update weir.ledger set targets_oid = 1');
    expect(await stale(lab.pipeline)).toEqual([null, null]);
    await ensureLayerTables(test_.database, [lab.pipeline]);
    expect(await stale(lab.pipeline)).toEqual([null, null]);
    await test_.database.query('drop table marts.sensors_daily');
    expect(await stale(lab.pipeline)).toEqual(['target', 'target']);
  });
});
