import type { Pipeline } from '../../model';
import { parseRange, parseWindow } from '../../model/time/window';
import { verdictOf } from '../../scripts/commands/verify';
import { moveOrigins } from '../../store/inflow/moveOrigins';
import { recount } from '../../store/inflow/reclean';
import { restoreOrigins } from '../../store/inflow/restoreOrigins';
import { retireOrigins } from '../../store/inflow/retireOrigins';
import { accountFor, countedAccount, keptAccount } from '../../store/proof/accounting';
import { verifyRange } from '../../store/proof/verify';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const WHO = { by: 'ann', why: 'a test' };
const day = (n: number) => parseWindow('1d', `2024-05-0${n}`);
const RANGE = parseRange('1d', '2024-05-01..2024-05-04');

describe('what status says of records, kept by the commits that change it', () => {
  let test_: TestDatabase;
  beforeEach(async () => {
    test_ = await testDatabase([]);
  });
  afterEach(() => test_.close());

  const lab = async (options: Parameters<typeof sensors>[0] = {}) => {
    const made = sensors(options);
    await ensureLayerTables(test_.database, [made.pipeline]);
    const runner = new ActivityRunner(test_.database, [made.pipeline]);
    return { ...made, run: (n: number) => runner.run(made.pipeline, day(n)) };
  };
  const counts = (pipeline: Pipeline) => countedAccount(test_.database, pipeline);
  const kept = (pipeline: Pipeline) => keptAccount(test_.database, pipeline);
  const differing = async (pipeline: Pipeline) => {
    const verified = await verifyRange(test_.database, [pipeline], pipeline, RANGE, () => undefined);
    const { wrong, exit } = verdictOf(verified);
    return { layers: wrong.map(({ layer }) => layer), exit };
  };

  test.each([
    ['keys that stay in their window', {}],
    ['keys that move between windows', { key: ['sensor'], latestBy: true }],
    ['rows without a key that are told apart', { latestBy: true }],
  ])('is what counting says, whatever came, came again, left or came back: %s', async (_, options) => {
    const { pipeline, files, run } = await lab(options);
    const said = async (): Promise<object> => {
      const counted = await counts(pipeline);
      expect(await kept(pipeline)).toEqual(counted);
      expect(counted.balanced).toBe(true);
      const { records, live, beaten, deadLetters } = counted;
      return { records, live, beaten, deadLetters };
    };
    files.write(
      'a.csv',
      readingsCsv('2024-05-01T01:00Z n 1 1', '2024-05-01T01:00Z n 2 2', '2024-05-01T02:00Z s 900 1'),
    );
    await run(1);
    expect(await said()).toEqual({ records: 3, live: 1, beaten: 1, deadLetters: 1 });
    // Another file beats both, and a third is beaten.
    files.write('b.csv', readingsCsv('2024-05-01T01:00Z n 3 3', '2024-05-02T01:00Z e 1 1'));
    files.write('c.csv', readingsCsv('2024-05-01T01:00Z n 0 0', 'never n 1 1', '2024-05-03T01:00Z w 1 1'));
    await Promise.all([run(1), run(2)]);
    await run(3);
    expect(await said()).toMatchObject({ records: 8, deadLetters: 2, live: 3 });
    // A newer version of one, which holds less.
    files.write('b.csv', readingsCsv('2024-05-02T01:00Z e 1 1'));
    await run(2);
    expect(await said()).toEqual({ records: 7, live: 3, beaten: 2, deadLetters: 2 });
    await retireOrigins(test_.database, pipeline, ['c.csv'], WHO);
    expect(await said()).toEqual({ records: 4, live: 2, beaten: 1, deadLetters: 1 });
    await restoreOrigins(test_.database, pipeline, ['c.csv'], WHO);
    expect(await said()).toEqual({ records: 7, live: 3, beaten: 2, deadLetters: 2 });
    files.write('0.csv', readingsCsv('2024-05-01T01:00Z n 0 0', 'never n 1 1', '2024-05-03T01:00Z w 1 1'));
    await moveOrigins(test_.database, pipeline, 'c.csv', '0.csv', WHO);
    expect(await said()).toEqual({ records: 7, live: 3, beaten: 2, deadLetters: 2 });
    // Other code cleans all of it again.
    const stricter = sensors({ ...options, most: 2 }).pipeline;
    await new ActivityRunner(test_.database, [stricter]).run(stricter, day(1));
    expect(await kept(stricter)).toEqual(await counts(stricter));
    expect(await differing(stricter)).toMatchObject({ exit: expect.any(Number), layers: [] });
  });

  test('many changes are folded into few rows', async () => {
    const { pipeline, files, run } = await lab();
    for (let n = 0; n < 24; n++) {
      files.write('a.csv', readingsCsv(`2024-05-01T01:00Z n ${n} 1`, '2024-05-01T02:00Z s 900 1'));
      await run(1);
    }
    const [rows] = await test_.database.query<{ n: number }>(`select count(*)::integer as n from weir.counts`);
    expect(rows!.n).toBeLessThan(20);
    expect(await kept(pipeline)).toEqual(await counts(pipeline));
    expect(await kept(pipeline)).toMatchObject({ records: 2, live: 1, deadLetters: 1 });
  });

  test('who changes segments and keeps no counts is not believed: they are counted, and kept again after the next commit', async () => {
    const { pipeline, files, run } = await lab();
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z n 1 1', '2024-05-01T02:00Z s 900 1'));
    await run(1);
    // As a worker of a version before: rows and segments, and no word about counts.
    await test_.database.query(`delete from weir_cleaned.sensors_readings; update weir.segments set cleaned_by = null`);
    expect(await kept(pipeline)).toBeNull();
    expect(await accountFor(test_.database, pipeline)).toEqual(await counts(pipeline));
    expect(await accountFor(test_.database, pipeline)).toMatchObject({ live: 0, balanced: false });
    await run(1);
    expect(await kept(pipeline)).toEqual(await counts(pipeline));
    expect(await kept(pipeline)).toMatchObject({ records: 2, live: 1, deadLetters: 1, balanced: true });
    // And after the next start of a worker, where nothing is cleaned any more.
    await test_.database.query(`update weir.segments set cleaned_by = 'another'`);
    expect(await kept(pipeline)).toBeNull();
    await ensureLayerTables(test_.database, [pipeline]);
    expect(await kept(pipeline)).toEqual(await counts(pipeline));
  });

  test('counts that are not those of the rows are named by verify, which says not verified; reclean counts anew', async () => {
    const { pipeline, files, run } = await lab();
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z n 1 1', '2024-05-01T02:00Z s 900 1'));
    await run(1);
    expect(await differing(pipeline)).toEqual({ layers: [], exit: 0 });
    await test_.database.query(`update weir.counts set live = live + 1, records = records + 1 where live > 0`);
    expect(await differing(pipeline)).toEqual({ layers: ['counts'], exit: 1 });
    await recount(test_.database, pipeline);
    expect(await differing(pipeline)).toEqual({ layers: [], exit: 0 });
    // A row that somebody took away: what is kept does not see it, verify does.
    await test_.database.query(`delete from weir_cleaned.sensors_readings`);
    expect(await kept(pipeline)).toMatchObject({ live: 1 });
    expect(await differing(pipeline)).toMatchObject({ layers: ['cleaned', 'counts'], exit: 1 });
  });
});
