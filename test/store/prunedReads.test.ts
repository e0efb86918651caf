import type { Offer } from '../../model/definition/source';
import { parseRange, split, windowName } from '../../model/time/window';
import { renderFor } from '../../store/postgres/renderSql';
import { LARGE_BYTES } from '../../store/inflow/land';
import { largeDeliveries, reachedDeliveries } from '../../store/refresh/reachedDeliveries';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAYS = split('1d', parseRange('1d', '2024-05-01..2024-05-07'));

/** Files that all say that they are large, so that each has a partition of its own. */
class LargeFiles extends MemoryFiles {
  override async list(): Promise<Offer[]> {
    return (await super.list()).map((offer) => ({ ...offer, bytesHint: LARGE_BYTES }));
  }
  override async one(origin: string): Promise<Offer | null> {
    const offer = await super.one(origin);
    return offer && { ...offer, bytesHint: LARGE_BYTES };
  }
}

describe('a window opens the partitions of the deliveries that hold its rows', () => {
  const source = new LargeFiles();
  const { pipeline, daily } = sensors({ extraChecks: false, more: { source } });
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase([pipeline]);
    for (const day of DAYS) source.write(`${windowName(day)}.csv`, readingsCsv(`${windowName(day)}T06:00Z north 1 1`));
    // One that came late, among the records of the 6th.
    source.write('2024-05-06.csv', readingsCsv('2024-05-06T06:00Z north 1 1', '2024-05-02T07:00Z south 5 1'));
    for (const day of DAYS) await new ActivityRunner(test_.database, [pipeline]).run(pipeline, day);
  });
  afterAll(() => test_.close());

  const opened = async (deliveries: boolean): Promise<string[]> =>
    test_.database.tx(async (tx) => {
      const window = DAYS[1]!;
      const scope = { window, grain: pipeline.window, epoch: 1, own: pipeline.curated };
      const { text, values } = renderFor(daily.select, {
        ...scope,
        ...(deliveries && { deliveries: await reachedDeliveries(tx, [pipeline], pipeline, daily, window) }),
      });
      const plan = await tx.query<Record<string, string>>(`explain ${text}`, values as unknown[]);
      const named = plan.flatMap((row) => /\bon (\S*readings__\w+)/.exec(row['QUERY PLAN']!)?.[1] ?? []);
      return named.filter((name) => !name.endsWith('_idx'));
    });

  test('of six, its own, one with a late record, and the one that small deliveries share', async () => {
    expect(await opened(false)).toHaveLength(7);
    expect(await opened(true)).toHaveLength(3);
    const rows = await test_.database.query<{ day: string; total: string }>(
      `select day::text, sum(total)::text as total from marts.sensors_daily group by 1 order by 1`,
    );
    expect(rows.map(({ day, total }) => `${day} ${total}`)).toEqual(
      ['01 1', '02 6', '03 1', '04 1', '05 1', '06 1'].map((line) => `2024-05-${line}`),
    );
  });

  test('and all that other code cleaned, since their windows may be of another calendar', async () => {
    const { start, end } = DAYS[1]!;
    const asked = () => test_.database.tx((tx) => largeDeliveries(tx, pipeline, start, end));
    expect(await asked()).toHaveLength(2);
    for (const other of ['0', 'other']) {
      await test_.database.query(`update weir.segments set cleaned_by = $1`, [other]);
      expect(await asked()).toHaveLength(6);
    }
  });
});
