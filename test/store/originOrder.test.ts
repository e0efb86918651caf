import fc from 'fast-check';
import { compareOrigins } from '../../model/compile/originOrder';
import { parseRange, parseWindow } from '../../model/time/window';
import { verifyRange } from '../../store/proof/verify';
import { planPipelines } from '../../store/reports/owed';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const NOW = '2024-05-02T00:00:00Z';

describe('numbers in origins compare as numbers', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  const given = async (more: Parameters<typeof sensors>[0] = {}) => {
    const lab = sensors({ latestBy: true, ...more });
    test_ = await testDatabase([lab.pipeline]);
    const bench = new ActivityRunner(test_.database, [lab.pipeline]);
    const total = async (): Promise<string[]> =>
      (await test_.database.query<{ total: string }>(`select total from marts.sensors_daily`)).map((row) => row.total);
    const plan = async () => (await planPipelines(test_.database, [lab.pipeline], [lab.pipeline], NOW as never))[0]!;
    return { ...lab, bench, total, plan };
  };

  test.each([
    ['a key that stays in its window', undefined],
    ['a key that may move', ['sensor']],
  ])('v10 beats v9 with equal latestBy, and verify finds the same, with %s', async (_, key) => {
    const { files, bench, pipeline, total } = await given(key ? { key } : {});
    files.write('v10.csv', readingsCsv('2024-05-01T08:00Z north 10 1'));
    files.write('v9.csv', readingsCsv('2024-05-01T08:00Z north 9 1'));
    await bench.run(pipeline, DAY1);
    expect(await total()).toEqual(['10']);
    const { compared } = await verifyRange(
      test_.database,
      [pipeline],
      pipeline,
      parseRange('1d', '2024-05-01'),
      () => undefined,
    );
    expect(compared.filter((one) => !one.equal)).toEqual([]);
  });

  test('the sort key of the ledger and the plain rule give one order', async () => {
    await given();
    const origin = fc
      .array(
        fc.constantFrom('v', '9', '10', '09', '0', '-', '/', '.', 'é', '😀', '\uffee', 'a', '123456789012345678901'),
        {
          minLength: 1,
          maxLength: 6,
        },
      )
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(origin, { minLength: 30, maxLength: 60 }), async (origins) => {
        const rows = await test_.database.query<{ origin: string }>(
          `select origin from unnest($1::text[]) origins (origin) order by weir.origin_key(origin) collate "C", origin collate "C"`,
          [origins],
        );
        expect(rows.map((row) => row.origin)).toEqual([...origins].sort(compareOrigins));
      }),
      { numRuns: 30 },
    );
  });

  /** The ledger as a version left it whose definitions said nothing of an order, and whose rule was text. */
  async function asBefore(cleaned: string): Promise<void> {
    const change = (statement: string, values: unknown[] = []) => test_.database.query(statement, values);
    const [now] = await test_.database.query<{ code: string }>(
      `select code from weir.definitions where table_name = $1`,
      [cleaned],
    );
    await change(`update weir.segments set cleaned_by = 'former' where cleaned_by = $1`, [now!.code]);
    await change(`update weir.definitions set code = 'former', parts = parts - 'origins' where table_name = $1`, [
      cleaned,
    ]);
  }

  test('an existing ledger is told where the two orders differ, and nothing is changed until it is applied', async () => {
    const { files, bench, pipeline, readings, plan, total } = await given();
    files.write('v9.csv', readingsCsv('2024-05-01T08:00Z north 9 1'));
    files.write('v10.csv', readingsCsv('2024-05-01T08:00Z north 10 1'));
    await bench.run(pipeline, DAY1);
    await asBefore(readings.tableName);
    for (let times = 0; times < 2; times++) {
      await ensureLayerTables(test_.database, [pipeline]);
      expect(await plan()).toMatchObject({
        changes: [{ table: 'sensors_readings', what: ['order of origins: as text -> numbers as numbers'] }],
        clean: { segments: 2 },
      });
    }
    await bench.run(pipeline, DAY1);
    expect(await total()).toEqual(['10']);
    expect(await plan()).toMatchObject({ changes: [], clean: { segments: 0 } });
  });

  test('an existing ledger whose origins have one order either way owes nothing', async () => {
    const { files, bench, pipeline, readings, plan } = await given();
    files.write('2024-05-01.csv', readingsCsv('2024-05-01T08:00Z north 9 1'));
    files.write('2024-05-02.csv', readingsCsv('2024-05-01T08:00Z north 10 1'));
    await bench.run(pipeline, DAY1);
    await asBefore(readings.tableName);
    await ensureLayerTables(test_.database, [pipeline]);
    expect(await plan()).toMatchObject({ changes: [], clean: { segments: 0 } });
  });

  test('a table that takes every record says nothing of an order', async () => {
    const { pipeline, readings } = await given({ key: { kind: 'everyRecord' }, latestBy: false });
    const [row] = await test_.database.query<{ said: boolean }>(
      `select parts ? 'origins' as said from weir.definitions where table_name = $1`,
      [readings.tableName],
    );
    expect([pipeline.name, row!.said]).toEqual(['sensors', false]);
  });
});
