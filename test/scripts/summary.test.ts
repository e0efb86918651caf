import { parseWindow } from '../../model/time/window';
import type { Runtime } from '../../scripts/session/runtime';
import { printSummary } from '../../scripts/terminal/summary';
import { ActivityRunner } from '../../testing/activityRunner';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

test('the summary shows what holds; a value from data cannot steer the terminal', async () => {
  const { pipeline, files } = sensors({ more: { until: '2024-05-04T00:00:00Z' } });
  const db = await testDatabase([pipeline]);
  const printed: string[] = [];
  const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => Boolean(printed.push(String(text))));
  try {
    files.write('a.csv', readingsCsv('2024-05-01T00:00Z \x1b[2Jnorth 99 1', '2024-05-01T01:00Z south 7 1'));
    await new ActivityRunner(db.database, [pipeline]).run(pipeline, parseWindow('1d', '2024-05-01'));
    await printSummary({ database: db.database, register: [pipeline] } as unknown as Runtime, pipeline, {
      since: 1,
      seconds: 1.25,
    });
  } finally {
    write.mockRestore();
    await db.close();
  }
  expect(printed.join('')).toMatch(/^\nsensors {2}done in 1\.3 s\n/);
  expect(
    printed
      .join('')
      .replace(/(digest|seconds) .*/g, '$1')
      .split('\n')
      .slice(2, -2),
  ).toEqual([
    '  windows    1 of 3 published',
    '  records    2 records in = 2 live + 0 beaten + 0 dead letters',
    '  seconds',
    '  marts.sensors_daily  2 rows  digest',
    '',
    '    day         sensor        readings  total  mean',
    '    2024-05-01  \\x1b[2Jnorth         1     99    99',
    '    2024-05-01  south                1      7     7',
  ]);
});
