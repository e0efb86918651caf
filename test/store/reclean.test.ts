import type { Pipeline } from '../../model';
import { parseRange, parseWindow } from '../../model/time/window';
import { liveDeliveries, reclean, recount } from '../../store/inflow/reclean';
import { withOriginByHand } from '../../store/ledger/origins';
import { windowStatuses } from '../../store/ledger/windows';
import { verifyRange } from '../../store/proof/verify';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const DAY2 = parseWindow('1d', '2024-05-02');
const WHO = { by: 'ada', why: 'a row was edited' };
const BOTH = parseRange('1d', '2024-05-01..2024-05-03');

describe('damage, and what heals it', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  const published = async (options: Parameters<typeof sensors>[0] = {}) => {
    const lab = sensors(options);
    test_ = await testDatabase([lab.pipeline]);
    const runner = new ActivityRunner(test_.database, [lab.pipeline]);
    lab.files.write(
      'a.csv',
      readingsCsv('2024-05-01T01:00Z north 1 1', '2024-05-01T02:00Z south 2 1', '2024-05-02T01:00Z north 900 1'),
    );
    lab.files.write('b.csv', readingsCsv('2024-05-01T02:00Z south 3 2', '2024-05-02T03:00Z north 4 1'));
    const runBoth = async (): Promise<void> => {
      for (const day of [DAY1, DAY2]) await runner.run(lab.pipeline, day);
    };
    await runBoth();
    return { ...lab, runner, runBoth };
  };
  const differing = async (pipeline: Pipeline): Promise<string[]> => {
    const { compared, records } = await verifyRange(test_.database, [pipeline], pipeline, BOTH, () => undefined);
    const layers = compared.filter(({ equal }) => !equal).map(({ layer }) => layer as string);
    return [...new Set([...layers, ...(records.balanced ? [] : ['not balanced'])])];
  };
  const recleanAll = async (pipeline: Pipeline): Promise<void> => {
    for (const one of await liveDeliveries(test_.database, pipeline, { range: BOTH }))
      await reclean(test_.database, pipeline, one, WHO, () => undefined);
    await recount(test_.database, pipeline);
  };

  test.each([
    ['a row deleted', `delete from weir_cleaned.sensors_readings where sensor = 'north'`, 'cleaned'],
    ['a value changed', `update weir_cleaned.sensors_readings set value = 77 where sensor = 'north'`, 'cleaned'],
    [
      'a winner unmarked',
      `update weir_cleaned.sensors_readings set _live = not _live where sensor = 'south'`,
      'cleaned',
    ],
    ['a row moved to another day', `update weir_cleaned.sensors_readings set at = at + interval '1 day'`, 'cleaned'],
    [
      'a record that was never landed',
      `insert into weir_cleaned.sensors_readings
        select (jsonb_populate_record(r, '{"_record": 99, "sensor": "ghost"}')).* from weir_cleaned.sensors_readings r limit 1`,
      'cleaned',
    ],
    ['a dead letter deleted', `delete from weir.dead_letters`, 'dead letters'],
    ['a dead letter changed', `update weir.dead_letters set reason = 'none'`, 'dead letters'],
  ])('%s: verify names the layer, reclean heals it, published stays right', async (_, damage, layer) => {
    for (const options of [{ latestBy: true }, { key: ['sensor'], latestBy: true }]) {
      const { pipeline, runBoth } = await published(options);
      expect(await differing(pipeline)).toEqual([]);
      const digests = await windowStatuses(test_.database, [pipeline], pipeline, BOTH);
      await test_.database.query(damage);
      expect((await differing(pipeline))[0]).toBe(layer);
      await recleanAll(pipeline);
      expect(await differing(pipeline)).toEqual([]);
      await runBoth();
      expect(await differing(pipeline)).toEqual([]);
      expect((await windowStatuses(test_.database, [pipeline], pipeline, BOTH)).map(({ digest }) => digest)).toEqual(
        digests.map(({ digest }) => digest),
      );
      if ('key' in options) return;
      await test_.close();
    }
  });

  test('damage that a rerun has spread: reclean touches the windows that are wrong, and their run heals them', async () => {
    const { pipeline, runner, runBoth } = await published();
    const day3 = parseWindow('1d', '2024-05-03');
    await test_.database.query(
      `update weir_cleaned.sensors_readings set at = at + interval '2 days' where sensor = 'north' and at < '2024-05-02'`,
    );
    await runBoth();
    expect((await runner.run(pipeline, day3)).rows).toBe(1);
    await recleanAll(pipeline);
    const stale = await windowStatuses(
      test_.database,
      [pipeline],
      pipeline,
      parseRange('1d', '2024-05-01..2024-05-04'),
    );
    // The ledger never counted a row of these files in the third day: the row itself did.
    expect(stale.map((one) => one.stale)).toEqual(['touched', 'touched', 'touched']);
    expect((await runner.run(pipeline, day3)).rows).toBe(0);
    await runBoth();
    expect(await differing(pipeline)).toEqual([]);
  });

  test('segments that somebody marked uncleaned are cleaned by the next run, in the place of what they left', async () => {
    const { pipeline, runBoth } = await published();
    await test_.database.query(`update weir.segments set cleaned_by = null`);
    await runBoth();
    expect(await differing(pipeline)).toEqual([]);
    await test_.database.query(`update weir.segments set cleaned_by = null; delete from weir.segment_windows`);
    await recleanAll(pipeline);
    await runBoth();
    expect(await differing(pipeline)).toEqual([]);
  });

  test('while a run is at work on the origin nothing is changed, and a delivery that was superseded is none', async () => {
    const { pipeline, files, runner } = await published();
    const [first] = await liveDeliveries(test_.database, pipeline, { id: 1 });
    await withOriginByHand(test_.database, pipeline.name, first!.origin, () =>
      expect(reclean(test_.database, pipeline, first!, WHO, () => undefined)).rejects.toThrow(
        /is being landed or cleaned/,
      ),
    );
    files.write(first!.origin, readingsCsv('2024-05-01T01:00Z north 5 1'));
    await runner.run(pipeline, DAY1);
    expect(await liveDeliveries(test_.database, pipeline, { id: 1 })).toEqual([]);
    await expect(reclean(test_.database, pipeline, first!, WHO, () => undefined)).rejects.toThrow(/newer delivery/);
  });
});
