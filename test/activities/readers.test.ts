import type { Pipeline } from '../../model';
import { cleaned, curated, definePipeline, integer, sql, timestamptz } from '../../model';
import type { BackfillRequest } from '../../model/run/backfill';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { owesRun } from '../../store/ledger/backfills';
import { compiled } from '../../store/ledger/fingerprint';
import { windowStatuses } from '../../store/ledger/windows';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const DAY2 = parseWindow('1d', '2024-05-02');

/** A pipeline that counts the rows of another's cleaned table. */
function readerOf(readings: Pipeline['cleaned']): { pipeline: Pipeline; files: MemoryFiles } {
  const files = new MemoryFiles();
  const own = cleaned({ name: 'reader_rows', columns: { at: timestamptz() }, key: ['at'], eventTime: 'at' });
  const daily = curated({
    name: 'reader_daily',
    columns: { readings: integer() },
    key: ['readings'],
    select: ({ window }) => sql`select count(*)::integer as readings from ${readings} r where ${window.covers('r.at')}`,
  });
  const pipeline = definePipeline({
    name: 'reader',
    description: 'reads the rows of another',
    owners: ['lab@example.test'],
    source: files,
    window: '1d',
    from: DAY1.start as never,
    cleaned: own,
    curated: [daily],
    publish: [postgresTable(daily, 'marts.reader_daily')],
  });
  return { pipeline, files };
}

describe('who is told of a change', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  test('rows that other code cleaned again: who reads the table of another pipeline is told', async () => {
    const before = sensors();
    const reader = readerOf(before.readings);
    test_ = await testDatabase([before.pipeline, reader.pipeline]);
    before.files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 70 1', '2024-05-01T02:00Z north 5 1'));
    reader.files.write('n.csv', 'at\n2024-05-01T01:00:00Z\n');
    const first = new ActivityRunner(test_.database, [before.pipeline, reader.pipeline]);
    await first.run(before.pipeline, DAY1);
    await first.run(reader.pipeline, DAY1);
    expect(await test_.database.query(`select readings from marts.reader_daily`)).toEqual([{ readings: 2 }]);
    // Another rule of cleaning upstream; the reader's own definition is as it was.
    const after = sensors({ most: 50 });
    after.files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 70 1', '2024-05-01T02:00Z north 5 1'));
    const again = readerOf(after.readings);
    const register = [after.pipeline, again.pipeline];
    await new ActivityRunner(test_.database, register).run(after.pipeline, DAY1);
    expect(await windowStatuses(test_.database, register, again.pipeline, DAY1)).toMatchObject([{ stale: 'touched' }]);
  });

  test('what a backfill ran is owed again when it is touched afterwards', async () => {
    const { pipeline, files } = sensors();
    test_ = await testDatabase([pipeline]);
    const runner = new ActivityRunner(test_.database, [pipeline]);
    const order: BackfillRequest = {
      ...{ plan: compiled(pipeline), range: DAY1, newestFirst: false, width: 1, maxFailedShare: 1 },
      which: 'all',
      kind: 'backfill',
    };
    const { epoch } = await runner.call('openBackfill', order);
    const owed = () => owesRun(test_.database, { register: [pipeline], pipeline }, order, epoch, DAY1);
    expect(await owed()).toBe(true);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1'));
    await runner.run(pipeline, DAY1);
    expect(await owed()).toBe(false);
    files.write('b.csv', readingsCsv('2024-05-01T02:00Z north 1 1'));
    await runner.run(pipeline, DAY2);
    expect(await owed()).toBe(true);
  });

  test('what is owed of a range is what was touched since it was published, and no more', async () => {
    const { pipeline, files } = sensors();
    test_ = await testDatabase([pipeline]);
    const runner = new ActivityRunner(test_.database, [pipeline]);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1'));
    for (const day of [DAY1, DAY2]) await runner.run(pipeline, day);
    files.write('b.csv', readingsCsv('2024-05-01T02:00Z north 1 1'));
    await runner.run(pipeline, DAY2);
    const order: BackfillRequest = {
      ...{ plan: compiled(pipeline), range: DAY1, newestFirst: false, width: 1, maxFailedShare: 1 },
      which: 'owed',
      kind: 'backfill',
    };
    const { epoch } = await runner.call('openBackfill', order);
    const owed = (window: typeof DAY1) =>
      owesRun(test_.database, { register: [pipeline], pipeline }, { ...order, range: window }, epoch, window);
    expect([await owed(DAY1), await owed(DAY2)]).toEqual([true, false]);
  });
});
