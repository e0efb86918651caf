import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, definePipeline, integer, json, sql, text } from '../../model';
import type { Format } from '../../model/definition/source';
import { WHOLE } from '../../model/time/window';
import { postgresTable } from '../../sinks';
import { csvFiles, ndjsonFiles } from '../../sources';
import { verifyRange } from '../../store/proof/verify';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { brokenText } from '../sources/brokenText';

function feed(format: Format, file: string): Pipeline {
  const table = cleaned({
    name: 'items',
    columns: {
      id: bigint(),
      name: text().nullable(),
      name_again: text().nullable().from('name'),
      n: integer().nullable(),
      doc: json().nullable(),
    },
    key: ['id', 'name_again'],
  });
  const names = curated({
    name: 'names',
    columns: { id: bigint(), name: text().nullable() },
    key: ['id'],
    select: () => sql`select i.id, i.name from ${table} i`,
  });
  return definePipeline({
    name: 'feed',
    description: 'what comes in broken',
    owners: ['feed@example.test'],
    source: format === 'csv' ? csvFiles({ path: file }) : ndjsonFiles({ path: file }),
    window: 'whole',
    schedule: 'manual',
    deadLetters: { errorAbove: '100 %' },
    cleaned: table,
    curated: [names],
    publish: [postgresTable(names, 'marts.names')],
  });
}

describe('what comes in broken, from a file to its readers', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'weir-broken-'));
  const file = path.join(folder, 'feed');
  let test_: TestDatabase;
  afterEach(() => test_.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs the feed over these bytes; what readers see then. */
  async function run(format: Format, bytes: Buffer): Promise<unknown[]> {
    writeFileSync(file, bytes);
    const pipeline = feed(format, file);
    test_ ??= await testDatabase([pipeline]);
    await new ActivityRunner(test_.database, [pipeline]).run(pipeline, WHOLE);
    const { compared, records } = await verifyRange(test_.database, [pipeline], pipeline, WHOLE, () => undefined);
    expect([compared.filter((one) => !one.equal), records.balanced]).toEqual([[], true]);
    return published();
  }
  const published = (): Promise<unknown[]> => test_.database.query('select id, name from marts.names order by id');
  const letters = (): Promise<unknown[]> =>
    test_.database.query(
      `select record, column_name, reason, length(bytes) as bytes from weir.dead_letters order by record`,
    );
  beforeEach(() => (test_ = undefined as unknown as TestDatabase));

  test('lines that end in CR only are records', async () => {
    expect(await run('csv', Buffer.from('id,name,n,doc\r1,a,,\r2,"b\rc",,\r3,d,,\r'))).toEqual([
      { id: '1', name: 'a' },
      { id: '2', name: 'b\rc' },
      { id: '3', name: 'd' },
    ]);
    expect(await letters()).toEqual([]);
  });

  test('a record of 70 MB is one dead letter, and the records around it are rows', async () => {
    const long = `{"id":2,"name":"${'x'.repeat(70 * 1024 * 1024)}"}`;
    expect(await run('ndjson', Buffer.from(`{"id":1,"name":"a"}\n${long}\n{"id":3,"name":"c"}\n`))).toEqual([
      { id: '1', name: 'a' },
      { id: '3', name: 'c' },
    ]);
    expect(await letters()).toEqual([
      {
        record: 1,
        column_name: null,
        reason: 'a record longer than 67108864 bytes (the first 1048576 are kept)',
        bytes: 1_048_576,
      },
    ]);
    const [raw] = await test_.database.query<{ bytes: string }>(
      `select sum(length(bytes))::text as bytes from weir.segments`,
    );
    expect(raw).toEqual({ bytes: String(long.length + 41) });
  });

  test('wide and deep JSON: rows, and one dead letter with its reason', async () => {
    const wide = `[${Array.from({ length: 130_000 }, () => '1').join()}]`;
    const deep = '['.repeat(4_000) + ']'.repeat(4_000);
    const lines = [`{"id":1,"doc":${wide}}`, `{"id":2,"doc":${deep}}`, `{"id":3,"n":"","name":"c"}`];
    expect(await run('ndjson', Buffer.from(lines.join('\n')))).toEqual([
      { id: '1', name: null },
      { id: '3', name: 'c' },
    ]);
    expect(await letters()).toMatchObject([{ record: 1, column_name: 'doc', reason: 'JSON deeper than 500' }]);
  });

  test('a key longer than an index holds is a dead letter', async () => {
    const key = (bytes: number): string => randomBytes(bytes / 2).toString('hex');
    const lines = [`{"id":1,"name":"${key(2_000)}"}`, `{"id":2,"name":"${key(9_000)}"}`];
    expect(await run('ndjson', Buffer.from(lines.join('\n')))).toMatchObject([{ id: '1' }]);
    expect(await letters()).toMatchObject([
      { record: 1, column_name: 'name_again', reason: 'a key longer than 2000 bytes' },
    ]);
  });

  test('a segment of nothing but dead letters gives others their turn', async () => {
    expect(await run('csv', Buffer.from(`id,name,n,doc\n1,a,,\n${'x\n'.repeat(60_000)}`))).toEqual([
      { id: '1', name: 'a' },
    ]);
  });

  test.each(Object.entries(brokenText))('%s is refused, and readers keep what they had', async (_, bytes) => {
    const good = [{ id: '1', name: 'a' }];
    expect(await run('ndjson', Buffer.from('{"id":1,"name":"a"}\n'))).toEqual(good);
    await expect(run('ndjson', bytes)).rejects.toMatchObject({
      name: 'SourceUnreadable',
      next: expect.any(String) as string,
      stillTrue: expect.stringContaining('readers keep what was published') as string,
    });
    expect(await published()).toEqual(good);
    expect(await test_.database.query('select from weir.deliveries')).toHaveLength(1);
  });
});
