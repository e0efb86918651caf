import type { Claim } from '../../model/run/claim';
import { parseWindow } from '../../model/time/window';
import { refreshTable } from '../../store/refresh/refreshTable';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');

describe('a window waits while a delivery is between two states', () => {
  const lab = sensors();
  let test_: TestDatabase;
  let claim: Claim;
  let bench: ActivityRunner;
  beforeEach(async () => {
    test_ = await testDatabase([lab.pipeline]);
    lab.files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 3 1'));
    bench = new ActivityRunner(test_.database, [lab.pipeline]);
    claim = await bench.claim(lab.pipeline, DAY1);
    await bench.call('ingest', { claim, step: 1 });
  });
  afterEach(() => test_.close());

  const attempt = () => ({
    ...{ claim, step: 2, attempt: 1, name: 'refresh' },
    by: { workflowId: 'test', workflowRunId: bench.runOf({ claim })! },
  });
  const refreshed = (): Promise<string> =>
    refreshTable(test_.database, [lab.pipeline], attempt(), lab.pipeline, 'sensors_daily', ['upstream']).then(
      () => 'refreshed',
      (error: Error) => error.name,
    );
  const upstream = (...codes: (string | null)[]): Promise<void> =>
    test_.database.tx(async (tx) => {
      await tx.query(`insert into weir.origins (pipeline, origin, delivery) values ('upstream', 'u.csv', 77)`);
      await tx.query(
        `insert into weir.deliveries (id, pipeline, origin, digest, format, fields, preamble, bytes, records, epoch)
         values (77, 'upstream', 'u.csv', 'd', 'csv', '[]', '', 0, 0, 1)`,
      );
      for (const ordinal of codes.keys())
        await tx.query(`insert into weir.segments values (77, $1, 0, 0, '', 'some', '')`, [ordinal]);
      for (const [ordinal, code] of codes.entries())
        await tx.query(`update weir.segments set cleaned_by = $2 where delivery = 77 and ordinal = $1`, [
          ordinal,
          code,
        ]);
    });

  test('not when all of it is of one code, its own and that of a pipeline it reads', async () => {
    await upstream('other', 'other');
    expect(await refreshed()).toBe('refreshed');
  });

  test('of its own, cleaned in part', async () => {
    await test_.database.query(
      `insert into weir.segments (delivery, ordinal, first_record, records, sha256, cleaned_by, bytes)
       select id, 1, 1000, 0, '', 'some', '' from weir.deliveries`,
    );
    await test_.database.query(`update weir.segments set cleaned_by = null where ordinal = 1`);
    expect(await refreshed()).toBe('Busy');
  });

  // Fingerprints are hexadecimal: one sorts before all of them, one after.
  test.each(['0', 'other'])('of its own, cleaned by other code %s', async (other) => {
    await test_.database.query(`update weir.segments set cleaned_by = $1`, [other]);
    expect(await refreshed()).toBe('Busy');
  });

  test('of a pipeline it reads, cleaned in part', async () => {
    await upstream('other', null);
    expect(await refreshed()).toBe('Busy');
  });

  test('of a pipeline it reads, cleaned by two codes', async () => {
    await upstream('one', 'other');
    expect(await refreshed()).toBe('Busy');
  });

  test('and a run of any window finishes what others left, also of an origin that is no longer offered', async () => {
    const now = sensors();
    now.files.write('b.csv', readingsCsv('2024-05-01T02:00Z north 4 1'));
    await test_.database.query(`update weir.segments set cleaned_by = 'other'`);
    bench = new ActivityRunner(test_.database, [now.pipeline]);
    expect((await bench.run(now.pipeline, DAY1)).state).toBe('published');
    expect(await test_.database.query(`select total from marts.sensors_daily`)).toEqual([{ total: '7' }]);
  });
});
