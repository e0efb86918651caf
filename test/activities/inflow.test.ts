import type { Pipeline } from '../../model';
import { SourceMissing } from '../../model/run/errors';
import type { Window } from '../../model/time/window';
import { parseWindow } from '../../model/time/window';
import { windowStatuses } from '../../store/ledger/windows';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const DAY2 = parseWindow('1d', '2024-05-02');

describe('inflow', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());

  async function given(options: Parameters<typeof sensors>[0] = {}) {
    const lab = sensors(options);
    test_ = await testDatabase([lab.pipeline]);
    const bench = new ActivityRunner(test_.database, [lab.pipeline]);
    const published = async () =>
      (
        await test_.database.query<{ line: string }>(
          `select concat_ws(' ', day, sensor, readings, total) as line from marts.sensors_daily order by 1`,
        )
      ).map((row) => row.line);
    const cleanedRows = async () =>
      (
        await test_.database.query<{ line: string }>(
          `select concat_ws(' ', to_char(at at time zone 'utc', 'DDHH24'), sensor, value, revision, case when _live then 'live' else 'beaten' end) as line
             from weir_cleaned.sensors_readings order by at, sensor, value`,
        )
      ).map((row) => row.line);
    return { ...lab, bench, published, cleanedRows };
  }

  test('publishes a window, and a second run writes nothing and has the same digest', async () => {
    const { bench, pipeline, files, published } = await given();
    files.write(
      'a.csv',
      readingsCsv('2024-05-01T01:00Z north 3 1', '2024-05-01T02:00Z north 4 1', '2024-05-02T01:00Z south 5 1'),
    );
    const first = await bench.run(pipeline, DAY1);
    expect(first).toMatchObject({ state: 'published', rows: 1, written: 2 });
    expect(await published()).toEqual(['2024-05-01 north 2 7']);
    const second = await bench.run(pipeline, DAY1);
    expect(second).toMatchObject({ state: 'published', written: 0, digest: first.digest });
  });

  test('keeps every valid record and flags the winner: the later position of two rows with one key', async () => {
    const { bench, pipeline, files, cleanedRows } = await given();
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 3 1', '2024-05-01T01:00Z north 9 1'));
    await bench.run(pipeline, DAY1);
    expect(await cleanedRows()).toEqual(['0101 north 3 1 beaten', '0101 north 9 1 live']);
  });

  test('within one file too the source decides: the greatest by latestBy, not the last', async () => {
    const { bench, pipeline, files, cleanedRows } = await given({ latestBy: true });
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 9 2', '2024-05-01T01:00Z north 3 1'));
    await bench.run(pipeline, DAY1);
    expect(await cleanedRows()).toEqual(['0101 north 3 1 beaten', '0101 north 9 2 live']);
  });

  test('a row that a file beat comes back in a window of which the changed file holds nothing any more', async () => {
    const { bench, pipeline, files, cleanedRows, published } = await given();
    files.write('a.csv', readingsCsv('2024-05-02T01:00Z north 1 1'));
    files.write('b.csv', readingsCsv('2024-05-02T01:00Z north 2 1'));
    await bench.run(pipeline, DAY2);
    expect(await published()).toEqual(['2024-05-02 north 1 2']);
    files.write('b.csv', readingsCsv('2024-05-01T01:00Z north 7 1'));
    await bench.run(pipeline, DAY1);
    expect(await cleanedRows()).toEqual(['0101 north 7 1 live', '0201 north 1 1 live']);
    expect(await windowStatuses(test_.database, [pipeline], pipeline, DAY2)).toMatchObject([{ stale: 'touched' }]);
    await bench.run(pipeline, DAY2);
    expect(await published()).toEqual(['2024-05-01 north 1 7', '2024-05-02 north 1 1']);
  });

  test.each([
    ['in one order', ['a.csv', 'b.csv']],
    ['in the other', ['b.csv', 'a.csv']],
  ])('lets the source decide between deliveries, not their arrival, %s', async (_, order) => {
    const { bench, pipeline, files, cleanedRows } = await given({ latestBy: true });
    const content: Record<string, string> = {
      'a.csv': readingsCsv('2024-05-01T01:00Z north 1 2', '2024-05-01T02:00Z north 5 1'),
      'b.csv': readingsCsv('2024-05-01T01:00Z north 2 1', '2024-05-01T02:00Z north 6 1'),
    };
    for (const name of order) {
      files.write(name, content[name]!);
      await bench.run(pipeline, DAY1);
    }
    expect(await cleanedRows()).toEqual([
      '0101 north 1 2 live',
      '0101 north 2 1 beaten',
      '0102 north 5 1 beaten',
      '0102 north 6 1 live',
    ]);
  });

  test('a changed file supersedes its former self, and rows that it beat come back', async () => {
    const { bench, pipeline, files, cleanedRows, published } = await given();
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1'));
    files.write('b.csv', readingsCsv('2024-05-01T01:00Z north 2 1', '2024-05-02T01:00Z north 7 1'));
    await bench.run(pipeline, DAY1);
    await bench.run(pipeline, DAY2);
    expect(await published()).toEqual(['2024-05-01 north 1 2', '2024-05-02 north 1 7']);
    files.write('b.csv', readingsCsv('2024-05-01T03:00Z north 8 1'));
    await bench.run(pipeline, DAY1);
    expect(await cleanedRows()).toEqual(['0101 north 1 1 live', '0103 north 8 1 live']);
    expect(await published()).toEqual(['2024-05-01 north 2 9', '2024-05-02 north 1 7']);
    // The second day lost its only row: it is touched, and its next run shows that.
    await bench.run(pipeline, DAY2);
    expect(await published()).toEqual(['2024-05-01 north 2 9']);
  });

  test('the former bytes again are the former delivery again', async () => {
    const { bench, pipeline, files, published } = await given();
    const first = readingsCsv('2024-05-01T01:00Z north 1 1');
    files.write('a.csv', first);
    await bench.run(pipeline, DAY1);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 50 1'));
    await bench.run(pipeline, DAY1);
    files.write('a.csv', first);
    await bench.run(pipeline, DAY1);
    expect(await published()).toEqual(['2024-05-01 north 1 1']);
    expect(await test_.database.query(`select from weir.deliveries`)).toHaveLength(2);
  });

  test('a key that may move: a correction of the event time touches both windows', async () => {
    const { bench, pipeline, files, cleanedRows, published } = await given({ key: ['sensor'], latestBy: true });
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 1 1'));
    await bench.run(pipeline, DAY1);
    files.write('b.csv', readingsCsv('2024-05-02T01:00Z north 2 2'));
    await bench.run(pipeline, DAY2);
    expect(await cleanedRows()).toEqual(['0101 north 1 1 beaten', '0201 north 2 2 live']);
    expect(await windowStatuses(test_.database, [pipeline], pipeline, DAY1)).toMatchObject([{ stale: 'touched' }]);
    await bench.run(pipeline, DAY1);
    expect(await published()).toEqual(['2024-05-02 north 1 2']);
    files.write('b.csv', 'at,sensor,value,revision\n');
    await bench.run(pipeline, DAY1);
    expect(await cleanedRows()).toEqual(['0101 north 1 1 live']);
    expect(await published()).toEqual(['2024-05-01 north 1 1', '2024-05-02 north 1 2']);
  });

  test('sets bad records aside with reason, value, bytes and position, and counts every record', async () => {
    const { bench, pipeline, files } = await given();
    files.write(
      'a.csv',
      readingsCsv(
        '2024-05-01T01:00Z north 3 1',
        '2024-05-01T02:00Z north many 1',
        '2024-05-01T03:00Z north 500 1',
        'never north 1 1',
      ),
    );
    await bench.run(pipeline, DAY1);
    const letters = await test_.database.query(
      `select record, window_start, column_name, reason, value, convert_from(bytes, 'utf8') as bytes from weir.dead_letters order by record`,
    );
    expect(letters).toEqual([
      {
        record: 1,
        window_start: '2024-05-01T00:00:00Z',
        column_name: 'value',
        reason: 'not an integer',
        value: 'many',
        bytes: '2024-05-01T02:00Z,north,many,1',
      },
      {
        record: 2,
        window_start: '2024-05-01T00:00:00Z',
        column_name: 'value',
        reason: 'between(value, -100, 100)',
        value: '500',
        bytes: '2024-05-01T03:00Z,north,500,1',
      },
      expect.objectContaining({
        record: 3,
        window_start: null,
        column_name: 'at',
        value: 'never',
        bytes: 'never,north,1,1',
      }),
    ]);
    const [sum] = await test_.database.query(
      `select (select sum(records) from weir.segments)::int as records, (select count(*) from weir_cleaned.sensors_readings)::int as rows, (select count(*) from weir.dead_letters)::int as dead`,
    );
    expect(sum).toEqual({ records: 4, rows: 1, dead: 3 });
  });

  test('a renamed column stops the cleaning, not the landing; what was published stays', async () => {
    const { bench, pipeline, files, published } = await given();
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 3 1'));
    await bench.run(pipeline, DAY1);
    files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 4 1').replace('sensor', 'sensr'));
    await expect(bench.run(pipeline, DAY1)).rejects.toThrow(/sensor.*sensr|sensr.*sensor/s);
    expect(await published()).toEqual(['2024-05-01 north 1 3']);
    expect(await test_.database.query(`select from weir.deliveries`)).toHaveLength(2);
  });

  test('asks its source for each listed origin alone, under its lock; any other it cleans from raw', async () => {
    const { pipeline, files, cleanedRows } = await given();
    const asked: string[] = [];
    const gone = new Set<string>();
    const source: Pipeline['source'] = {
      ...{ kind: files.kind, format: files.format, describe: files.describe, shared: false },
      async list({ start }) {
        asked.push('list');
        return (await files.list()).filter(({ origin }) => origin === `${start.slice(0, 10)}.csv`);
      },
      async one(origin) {
        asked.push(origin);
        if (gone.has(origin)) throw new SourceMissing(`${origin} is not there`);
        return files.one(origin);
      },
      read: (offer) => files.read(offer),
    };
    files.write('2024-05-01.csv', readingsCsv('2024-05-01T01:00Z north 60 1'));
    files.write('2024-05-02.csv', readingsCsv('2024-05-02T01:00Z north 4 1'));
    const runs = async (version: Pipeline, window: Window): Promise<string> =>
      (await new ActivityRunner(test_.database, [version]).run(version, window)).state;
    const first = { ...pipeline, source };
    expect(await runs(first, DAY1)).toBe('published');
    expect(await runs(first, DAY2)).toBe('published');
    expect(asked.splice(0)).toEqual(['list', '2024-05-01.csv', 'list', '2024-05-02.csv']);
    // The file of the first day is gone, and new code must clean what was landed of it.
    gone.add('2024-05-01.csv');
    const second = { ...sensors({ most: 50 }).pipeline, source };
    expect(await runs(second, DAY2)).toBe('published');
    expect(asked.splice(0)).toEqual(['list', '2024-05-02.csv']);
    expect(await cleanedRows()).toEqual(['0201 north 4 1 live']);
    files.write('2024-05-01.csv', readingsCsv('2024-05-01T01:00Z north 7 1'));
    // It is landed, so that its own window comes from raw.
    expect(await runs(second, DAY1)).toBe('published');
    expect(await cleanedRows()).toEqual(['0201 north 4 1 live']);
  });
});
