import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bigint, cleaned, definePipeline, timestamptz } from '../../model';
import { parseWindow } from '../../model/time/window';
import { csvFiles } from '../../sources';
import { ActivityRunner } from '../../testing/activityRunner';
import { testDatabase } from '../../testing/testDatabase';

const folder = mkdtempSync(path.join(tmpdir(), 'weir-local-day-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.each([
  ['America/New_York', '2024-05-01T04:00:00Z', '2024-05-02T03:59:59Z'],
  ['Europe/Berlin', '2024-04-30T22:00:00Z', '2024-05-01T21:59:59Z'],
])('the window 2024-05-01 of %s reads the file of that date', async (zone, first, last) => {
  const grain = `1d@${zone}` as const;
  writeFileSync(path.join(folder, 'sales-2024-05-01.csv'), `id,at\n1,${first}\n2,${last}\n`);
  const sales = cleaned({
    name: 'local_sales',
    columns: { id: bigint(), at: timestamptz() },
    key: ['id'],
    eventTime: 'at',
  });
  const pipeline = definePipeline({
    ...{ name: 'local', description: 'sales by local day', owners: ['shop@example.test'], cleaned: sales },
    ...{ source: csvFiles({ path: `${folder}/sales-{date}.csv` }), window: grain, from: first as never },
  });
  const test_ = await testDatabase([pipeline]);
  try {
    const day = parseWindow(grain, '2024-05-01');
    expect(await new ActivityRunner(test_.database, [pipeline]).run(pipeline, day)).toMatchObject({ rows: 2 });
    expect(await test_.database.query('select origin from weir.origins')).toEqual([
      { origin: `${folder}/sales-2024-05-01.csv` },
    ]);
  } finally {
    await test_.close();
  }
});
