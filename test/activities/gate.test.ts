import { parseWindow } from '../../model/time/window';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const hours = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `2024-05-01T${String(i).padStart(2, '0')}:00Z north ${i} 1`);

describe('the gate', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  test('closed: curated and published stay as they were, the window is held, the check says why', async () => {
    const lab = sensors();
    test_ = await testDatabase([lab.pipeline]);
    const bench = new ActivityRunner(test_.database, [lab.pipeline]);
    lab.files.write('a.csv', readingsCsv(...hours(2)));
    await bench.run(lab.pipeline, DAY1);
    lab.files.write('a.csv', readingsCsv(...hours(6)));
    const outcome = await bench.run(lab.pipeline, DAY1);
    expect(outcome.state).toBe('held');
    expect(outcome.gate).toMatchObject({
      table: 'sensors_daily',
      closed: true,
      failed: [{ check: 'between(readings, 1, 5)', rows: 1 }],
    });
    expect(outcome.gate!.failed[0]!.sample[0]).toContain('readings=6');
    for (const table of ['marts.sensors_daily', 'curated.sensors_daily']) {
      expect(await test_.database.query(`select readings from ${table}`)).toEqual([{ readings: 2 }]);
    }
    expect(await test_.database.query(`select state from weir.windows`)).toEqual([{ state: 'held' }]);
    expect(await test_.database.query(`select from weir_stage.sensors_daily`)).toEqual([]);
    // Corrected data opens it again.
    lab.files.write('a.csv', readingsCsv(...hours(3)));
    expect((await bench.run(lab.pipeline, DAY1)).state).toBe('published');
    expect(await test_.database.query(`select readings from marts.sensors_daily`)).toEqual([{ readings: 3 }]);
  });
});
