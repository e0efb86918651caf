import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pipeline } from '../../model';
import { OriginsMoved, SourceMissing } from '../../model/run/errors';
import { parseRange, parseWindow } from '../../model/time/window';
import { csvFiles } from '../../sources';
import { moveOrigins } from '../../store/inflow/moveOrigins';
import { restoreOrigins } from '../../store/inflow/restoreOrigins';
import { retireOrigins } from '../../store/inflow/retireOrigins';
import { originRows } from '../../store/ledger/originLife';
import { windowStatuses } from '../../store/ledger/windows';
import { accountFor } from '../../store/proof/accounting';
import { verifyRange } from '../../store/proof/verify';
import { planPipelines } from '../../store/reports/owed';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const RANGE = parseRange('1d', '2024-05-01..2024-05-04');
const NOW = '2024-05-04T00:00:00Z';
const WHO = { by: 'ada', why: 'the folder was renamed' };

describe('an origin has a life', () => {
  let test_: TestDatabase;
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-origins-'));
    for (const name of ['inbox', 'archive']) await mkdir(join(folder, name));
  });
  afterEach(async () => {
    await test_.close();
    await rm(folder, { recursive: true, force: true });
  });

  const at = (name: string): string => join(folder, name);
  /** The same pipeline, its source under another path. */
  const of = (path: string, options: Parameters<typeof sensors>[0] = {}): Pipeline =>
    sensors({ ...options, more: { source: csvFiles({ path: at(path) }), until: '2024-05-04T00:00:00Z' } }).pipeline;
  const database = () => test_.database;
  const runner = (pipeline: Pipeline): ActivityRunner => new ActivityRunner(database(), [pipeline]);
  const published = async (): Promise<string[]> =>
    (
      await database().query<{ line: string }>(
        `select concat_ws(' ', day, sensor, readings, total) as line from marts.sensors_daily order by 1`,
      )
    ).map((row) => row.line);
  const stateOf = async (pipeline: Pipeline): Promise<Record<string, string>> =>
    Object.fromEntries(
      (await originRows(database(), pipeline)).map((row) => [row.origin.slice(folder.length + 1), row.state]),
    );
  const plan = async (pipeline: Pipeline) =>
    (await planPipelines(database(), [pipeline], [pipeline], NOW as never))[0]!;
  const wrong = async (pipeline: Pipeline) =>
    (await verifyRange(database(), [pipeline], pipeline, RANGE, () => undefined)).compared.filter((one) => !one.equal);

  async function given(options: Parameters<typeof sensors>[0] = {}): Promise<Pipeline> {
    const before = of('inbox/{date}.csv', options);
    test_ = await testDatabase([before]);
    await writeFile(
      at('inbox/2024-05-01.csv'),
      readingsCsv('2024-05-01T08:00Z north 10 1', '2024-05-01T09:00Z north 20 1'),
    );
    await runner(before).run(before, DAY1);
    expect(await published()).toEqual(['2024-05-01 north 2 30']);
    return before;
  }

  describe('a folder was renamed', () => {
    async function moved(): Promise<Pipeline> {
      // No key tells two copies of a record apart.
      await given({ key: { kind: 'everyRecord' } });
      await rename(at('inbox/2024-05-01.csv'), at('archive/2024-05-01.csv'));
      return of('archive/{date}.csv', { key: { kind: 'everyRecord' } });
    }

    test('its runs, ticks and backfills land nothing and end with OriginsMoved, what is published stays, and plan has the choices', async () => {
      const after = await moved();
      await expect(runner(after).run(after, DAY1)).rejects.toThrow(OriginsMoved);
      const order = { ...runner(after).order(after, DAY1), range: RANGE, which: 'all', kind: 'backfill' };
      await expect(runner(after).call('openBackfill', order as never)).rejects.toThrow(OriginsMoved);
      const tick = { pipeline: after.name, nominal: '2024-05-03T00:00:00Z' };
      await expect(runner(after).call('dueWindows', tick)).rejects.toThrow(OriginsMoved);
      expect(await published()).toEqual(['2024-05-01 north 2 30']);
      expect(await database().query('select from weir.deliveries')).toHaveLength(1);
      expect((await plan(after)).moved).toEqual({
        origins: [at('inbox/2024-05-01.csv')],
        move: [`weir move sensors ${at('inbox/2024-05-01.csv')} '${at('archive/{date}.csv')}'`],
        retire: `weir retire sensors ${at('inbox/2024-05-01.csv')}`,
      });
      expect(await wrong(after)).toMatchObject([
        { table: 'origins', owed: expect.stringContaining('weir plan sensors') },
      ]);
    });

    test('moved: the same bytes keep their delivery, and a run publishes 30 again', async () => {
      const after = await moved();
      const move = () => moveOrigins(database(), after, at('inbox/{date}.csv'), at('archive/{date}.csv'), WHO);
      expect(await move()).toEqual([{ from: at('inbox/2024-05-01.csv'), to: at('archive/2024-05-01.csv') }]);
      expect(await move()).toEqual([]);
      expect(await plan(after)).toMatchObject({ moved: null, windows: { touched: [], failed: [] } });
      expect(await runner(after).run(after, DAY1)).toMatchObject({ written: 0 });
      expect(await published()).toEqual(['2024-05-01 north 2 30']);
      expect(await originRows(database(), after)).toMatchObject([
        { origin: at('archive/2024-05-01.csv'), state: 'offered', movedFrom: at('inbox/2024-05-01.csv'), records: 2 },
      ]);
      expect(await wrong(after)).toEqual([]);
    });

    test('moving is refused with a list where other bytes are there, or nothing', async () => {
      const after = await moved();
      const move = () => moveOrigins(database(), after, at('inbox/{date}.csv'), at('archive/{date}.csv'), WHO);
      await writeFile(at('archive/2024-05-01.csv'), readingsCsv('2024-05-01T08:00Z north 11 1'));
      await expect(move()).rejects.toThrow(/1 of these origins did not move there:\n.*other bytes are there/);
      await rm(at('archive/2024-05-01.csv'));
      await expect(move()).rejects.toThrow(/it is not there/);
      expect(await stateOf(after)).toEqual({ 'inbox/2024-05-01.csv': 'offered' });
    });

    test('retired: its rows and dead letters leave, raw stays, the books balance, and verify recomputes without it', async () => {
      const after = await moved();
      expect(await retireOrigins(database(), after, [at('inbox/2024-05-01.csv')], WHO)).toHaveLength(1);
      expect(await retireOrigins(database(), after, [at('inbox/2024-05-01.csv')], WHO)).toEqual([]);
      expect(await accountFor(database(), after)).toMatchObject({ records: 0, live: 0, waiting: 0, balanced: true });
      expect(await database().query('select from weir.segments')).toHaveLength(1);
      expect((await plan(after)).windows.touched).toEqual(['2024-05-01']);
      await runner(after).run(after, DAY1);
      expect(await published()).toEqual(['2024-05-01 north 2 30']);
      expect(await accountFor(database(), after)).toMatchObject({ records: 2, live: 2, balanced: true });
      expect(await wrong(after)).toEqual([]);
      expect((await originRows(database(), after)).find((row) => row.state === 'retired')).toMatchObject({
        ...{ origin: at('inbox/2024-05-01.csv'), retiredBy: 'ada', retiredWhy: WHO.why, records: 2 },
      });
    });
  });

  test.each([
    ['a key that stays in its window', undefined],
    ['a key that may move', ['sensor']],
  ])('rows that a retired origin beat come back, with %s', async (_, key) => {
    const options = key ? { key } : {};
    const a = of('inbox/{date}-{hour}.csv', options);
    test_ = await testDatabase([a]);
    for (let hour = 0; hour < 24; hour++)
      await writeFile(
        at(`inbox/2024-05-01-${String(hour).padStart(2, '0')}.csv`),
        readingsCsv(...(hour < 2 ? [`2024-05-01T08:00Z north ${hour + 1} 1`] : [])),
      );
    await runner(a).run(a, DAY1);
    expect(await published()).toEqual(['2024-05-01 north 1 2']);
    await retireOrigins(database(), a, [at('inbox/2024-05-01-01.csv')], WHO);
    expect((await windowStatuses(database(), [a], a, DAY1))[0]).toMatchObject({ stale: 'touched' });
    await runner(a).run(a, DAY1);
    // The file is still there: it is retired, and is not landed again.
    expect(await published()).toEqual(['2024-05-01 north 1 1']);
    expect(await wrong(a)).toEqual([]);
  });

  test('a retirement is undone: the rows count again, from raw where the file is gone, with who and why', async () => {
    const pipeline = await given();
    const origin = at('inbox/2024-05-01.csv');
    await retireOrigins(database(), pipeline, [origin], WHO);
    await rm(origin);
    const undo = () => restoreOrigins(database(), pipeline, [origin], { by: 'bob', why: 'it was right' });
    expect(await undo()).toEqual([origin]);
    expect(await undo()).toEqual([]);
    expect((await windowStatuses(database(), [pipeline], pipeline, DAY1))[0]).toMatchObject({ stale: 'touched' });
    expect(await accountFor(database(), pipeline)).toMatchObject({ records: 2, live: 2, balanced: true });
    expect(await runner(pipeline).run(pipeline, DAY1)).toMatchObject({ written: 0 });
    expect(await published()).toEqual(['2024-05-01 north 2 30']);
    expect(await wrong(pipeline)).toEqual([]);
    expect(await originRows(database(), pipeline)).toMatchObject([
      { state: 'vanished', retiredBy: 'ada', restoredBy: 'bob', restoredWhy: 'it was right', records: 2 },
    ]);
    expect(await retireOrigins(database(), pipeline, [origin], WHO)).toEqual([origin]);
    await runner(pipeline).run(pipeline, DAY1);
    expect(await published()).toEqual([]);
  });

  test('a landed file that is gone can be rerun from raw, and is told as gone; one never landed is missing', async () => {
    const before = await given();
    await rm(at('inbox/2024-05-01.csv'));
    const bench = runner(before);
    expect(await bench.run(before, DAY1, 'rerun')).toMatchObject({ rows: 1, written: 0 });
    const [step] = await database().query<{ result: { gone: unknown } }>(
      `select result from weir.steps where name = 'ingest' order by epoch desc limit 1`,
    );
    expect(step!.result.gone).toEqual({ origins: 1, first: [at('inbox/2024-05-01.csv')] });
    expect(await stateOf(before)).toEqual({ 'inbox/2024-05-01.csv': 'vanished' });
    expect(await wrong(before)).toEqual([]);
    await expect(bench.run(before, parseWindow('1d', '2024-05-02'))).rejects.toThrow(SourceMissing);
    await writeFile(at('inbox/2024-05-01.csv'), readingsCsv('2024-05-01T08:00Z north 11 1'));
    await bench.run(before, DAY1);
    expect(await stateOf(before)).toEqual({ 'inbox/2024-05-01.csv': 'offered' });
    expect(await published()).toEqual(['2024-05-01 north 1 11']);
  });

  test('./land/x.csv is land/x.csv', async () => {
    expect(csvFiles({ path: './land//{date}.csv' }).named!(DAY1)).toEqual(['land/2024-05-01.csv']);
    await given();
  });
});
