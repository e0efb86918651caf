import { mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync, copyFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Pipeline } from '../../model';
import { cleaned, curated, date, definePipeline, bigint, integer, sql, text, timestamptz } from '../../model';
import type { Listed } from '../../model/definition/source';
import type { Sql } from '../../model/definition/sql';
import { parseWindow } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { csvFiles, parquetFiles } from '../../sources';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

const DAY = parseWindow('1d', '2024-05-01');
const HEADER = 'at,place,amount\n';
const GOOD = '2024-05-01T01:00:00Z,north,7\n';

const sales = cleaned({
  name: 'sales',
  columns: { at: timestamptz(), place: text(), amount: bigint().nullable() },
  key: ['at', 'place'],
  eventTime: 'at',
});

const daily = (counted: Sql) =>
  curated({
    name: 'sales_daily',
    columns: { day: date(), place: text(), sales: integer() },
    key: ['day', 'place'],
    select: ({ window }) => sql`
      select (s.at at time zone 'utc')::date as day, s.place, count(${counted}) as sales
        from ${sales} s
       where ${window.covers('s.at')}
       group by 1, 2`,
  });

function shop(source: Listed, counted = sql`s.amount`): Pipeline {
  const table = daily(counted);
  return definePipeline({
    // One bad record among a few is the point here; the gate on dead letters has tests of its own.
    deadLetters: { errorAbove: '100 %' },
    name: 'shop',
    description: 'what a shop sold',
    owners: ['shop@example.test'],
    source,
    window: '1d',
    from: '2024-05-01T00:00:00Z',
    cleaned: sales,
    curated: [table],
    publish: [postgresTable(table, 'marts.sales_daily')],
  });
}

describe('bad input, in files', () => {
  let folder: string;
  let file: string;
  let test_: TestDatabase;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'weir-bad-input-'));
    file = path.join(folder, 'sales.csv');
    writeFileSync(file, HEADER + GOOD);
    const good = shop(csvFiles({ path: file }));
    test_ = await testDatabase([good]);
    await new ActivityRunner(test_.database, [good]).run(good, DAY);
  });
  afterEach(async () => {
    await test_.close();
    rmSync(folder, { recursive: true });
  });

  const published = async (): Promise<string[]> =>
    (
      await test_.database.query<{ line: string }>(
        `select concat_ws(' ', day, place, sales) as line from marts.sales_daily order by 1`,
      )
    ).map((row) => row.line);

  /** Runs the window from `source`; the error with its advice. What was published before must stay. */
  async function refused(source: Listed, counted?: Sql): Promise<unknown> {
    const pipeline = shop(source, counted);
    const error = await new ActivityRunner(test_.database, [pipeline]).run(pipeline, DAY).then(
      (outcome) => outcome,
      (thrown: unknown) => thrown,
    );
    expect(await published()).toEqual(['2024-05-01 north 1']);
    return error;
  }
  const saying = (name: string, message: RegExp): unknown =>
    expect.objectContaining({
      name,
      retryable: false,
      message: expect.stringMatching(message) as string,
      stillTrue: expect.any(String) as string,
      next: expect.any(String) as string,
    });

  /** Runs the window over these bytes; what was set aside. */
  async function setAside(bytes: string | Buffer): Promise<unknown[]> {
    writeFileSync(file, Buffer.concat([Buffer.from(HEADER + GOOD), Buffer.from(bytes as string)]));
    const pipeline = shop(csvFiles({ path: file }));
    expect(await new ActivityRunner(test_.database, [pipeline]).run(pipeline, DAY)).toMatchObject({
      state: 'published',
    });
    expect(await published()).toEqual(['2024-05-01 north 1']);
    return test_.database.query(
      `select record, column_name as column, reason, encode(bytes, 'escape') as bytes from weir.dead_letters order by record limit 3`,
    );
  }

  test('a missing file', async () => {
    unlinkSync(file);
    await test_.database.query(`truncate weir.origins cascade`);
    expect(await refused(csvFiles({ path: file }))).toEqual(saying('SourceMissing', /sales\.csv/));
  });

  test('a Parquet file cut short', async () => {
    copyFileSync('node_modules/vega-datasets/data/flights-3m.parquet', file);
    truncateSync(file, 1_000_000);
    expect(await refused(parquetFiles({ path: file }))).toEqual(saying('SourceUnreadable', /sales\.csv/));
    const [landed] = await test_.database.query<{ n: number }>(`select count(*)::int as n from weir.deliveries`);
    expect(landed!.n).toBe(1);
  });

  test.each([
    ['missing', 'at,amount\n2024-05-01T01:00:00Z,7\n', /"place" is missing/],
    ['renamed', 'at,palce,amount\n' + GOOD, /"place" is missing \(is it "palce" now\?\)/],
  ])('a column %s', async (_, bytes, message) => {
    writeFileSync(file, bytes);
    expect(await refused(csvFiles({ path: file }))).toEqual(saying('ContractBroken', message));
  });

  test('a definition whose SQL is wrong', async () => {
    expect(await refused(csvFiles({ path: file }), sql`s.amuont`)).toEqual(saying('StatementRefused', /42703.*amuont/));
  });

  test.each([
    ['of no type', '2024-05-01T02:00:00Z,south,many\n', 'amount', 'not a bigint'],
    ['beyond bigint', '2024-05-01T02:00:00Z,south,9223372036854775808\n', 'amount', 'out of range for bigint'],
    ['with a NUL', '2024-05-01T02:00:00Z,so\0uth,1\n', 'place', 'NUL in text'],
    ['in bad UTF-8', Buffer.from('2024-05-01T02:00:00Z,s\xfcd,1\n', 'latin1'), 'place', 'invalid UTF-8'],
    ['of too few fields', '2024-05-01T02:00:00Z,south\n', null, '2 fields instead of 3'],
  ])('a record %s waits with its reason and its bytes', async (_, bytes, column, reason) => {
    const [letter] = await setAside(bytes);
    expect(letter).toMatchObject({ record: 1, column, reason });
    const [{ bytes: kept }] = (await test_.database.query(`select bytes from weir.dead_letters`)) as [
      { bytes: Buffer },
    ];
    expect(kept).toEqual(readFileSync(file).subarray(HEADER.length + GOOD.length, -1));
  });

  test('2^53 and more keeps every digit', async () => {
    writeFileSync(file, `${HEADER}${GOOD.replace(',7', ',9007199254740993')}`);
    const pipeline = shop(csvFiles({ path: file }));
    await new ActivityRunner(test_.database, [pipeline]).run(pipeline, DAY);
    expect(await test_.database.query('select amount from cleaned.sales')).toEqual([{ amount: '9007199254740993' }]);
  });

  test('ten thousand such records: the run goes on, every one waits', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `2024-05-01T02:00:00Z,south,n${i}\n`).join('');
    expect(await setAside(many)).toHaveLength(3);
    const [row] = await test_.database.query<{ n: number }>(`select count(*)::int as n from weir.dead_letters`);
    expect(row!.n).toBe(10_000);
  });
});
