import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline } from '../../model';
import { parseWindow, windowName } from '../../model/time/window';
import { csvFiles } from '../../sources';
import { assertNotMoved, landedOrigins, movedAway } from '../../store/ledger/originLife';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAYS = ['2024-05-01', '2024-05-02', '2024-05-03'].map((day) => parseWindow('1d', day));

describe('what a source names is asked once for each origin', () => {
  let test_: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-named-'));
    for (const name of ['inbox', 'inboxes']) await mkdir(join(folder, name));
    test_ = await testDatabase([of('inbox/{date}.csv')]);
    const pipeline = of('inbox/{date}.csv');
    for (const day of DAYS) {
      await writeFile(join(folder, `inbox/${windowName(day)}.csv`), readingsCsv(`${windowName(day)}T08:00Z north 1 1`));
      await new ActivityRunner(test_.database, [pipeline]).run(pipeline, day);
    }
  });
  afterAll(async () => {
    await test_.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The pipeline, with the origins that its source was asked about. */
  function of(path: string, asked?: string[]): Pipeline {
    const source = csvFiles({ path: join(folder, path) });
    const names = (origin: string): boolean => {
      asked?.push(origin);
      return source.names!(origin);
    };
    return sensors({ more: { source: { ...source, names }, until: '2024-05-04T00:00:00Z' } }).pipeline;
  }
  const database = () => test_.database;

  /** What a run says of moved origins, how many it asked about, and that the plain look at all of them says the same. */
  async function looks(path: string): Promise<{ asked: number; moved: boolean }> {
    const asked: string[] = [];
    const moved = await assertNotMoved(database(), of(path, asked)).then(
      () => false,
      () => true,
    );
    expect((await movedAway(database(), of(path))).length > 0).toBe(moved);
    return { asked: asked.length, moved };
  }

  test('not again by the same paths; by others all are, and those that they do not name by every run', async () => {
    await looks('inbox/{date}.csv');
    expect(await looks('inbox/{date}.csv')).toEqual({ asked: 0, moved: false });
    for (let run = 0; run < 2; run++) expect(await looks('other/{date}.csv')).toEqual({ asked: 3, moved: true });
    expect(await looks('*/{date}.csv')).toEqual({ asked: 3, moved: false });
    expect(await looks('*/{date}.csv')).toEqual({ asked: 0, moved: false });
  });

  test('one that got another name is asked about again, whoever gave it', async () => {
    await looks('inbox/{date}.csv');
    const rename = (from: string, to: string) =>
      database().query(`update weir.origins set origin = $2 where origin = $1`, [join(folder, from), join(folder, to)]);
    await rename('inbox/2024-05-02.csv', 'elsewhere/2024-05-02.csv');
    expect(await looks('inbox/{date}.csv')).toEqual({ asked: 1, moved: true });
    await rename('elsewhere/2024-05-02.csv', 'inbox/2024-05-02.csv');
    expect(await looks('inbox/{date}.csv')).toEqual({ asked: 1, moved: false });
  });

  test('a row that somebody is at work on is not waited for', async () => {
    await looks('inbox/{date}.csv');
    await database().query(`update weir.origins set named_by = null`);
    await database().tx(async (tx) => {
      await tx.query(`select from weir.origins where origin like '%05-03.csv' for update`);
      expect(await looks('inbox/{date}.csv')).toEqual({ asked: 3, moved: false });
    });
    expect(await looks('inbox/{date}.csv')).toEqual({ asked: 1, moved: false });
  });

  test.each([
    ['inbox/2024-05-02.csv', 1],
    ['inbox/2024-05-0', 3],
    ['inbox/', 3],
    ['inb', 3],
    ['inboxes/', 0],
    ['', 3],
  ])('origins that begin with %s: %s', async (beginning, found) => {
    const of_ = await landedOrigins(database(), 'sensors', [
      join(folder, 'inbox/2024-05-02'),
      `${folder}/${beginning}`,
    ]);
    expect(of_).toHaveLength(Math.max(found, 1));
  });

  test.each(['inbox/{date}.csv', 'inbox*/{date}.csv', '**/{date}.csv', '{inbox,inboxes}/{date}.csv'])(
    'what %s names for a window begins as it says',
    (path) => {
      const { source } = of(path);
      const all = DAYS.map((day) => join(folder, `inbox/${windowName(day)}.csv`));
      const named = all.filter(source.namedFor!(DAYS[1]!));
      expect(named).toEqual([all[1]]);
      expect(source.beginnings!(DAYS[1]!).every((beginning) => named[0]!.startsWith(beginning))).toBe(true);
    },
  );
});
