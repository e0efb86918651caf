import fc from 'fast-check';
import { copyIn } from '../../store/postgres/copy';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { cleanFile, referFile } from './cleanFile';
import { LIST, NAMES, bytesOf, csvText, jsonText, nastyTable } from './nastyInput';

describe.each([
  ['csv', csvText],
  ['ndjson', jsonText],
] as const)('the fast path and the reference, on generated nasty %s', (format, source) => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase();
    const types =
      't text, i integer, b bigint, f double precision, n numeric, o boolean, d date, at timestamptz, u uuid, j jsonb, also text, i_again integer, i_text text, j_parsed jsonb, odd text';
    await test_.database.query(
      `create table fast (${types}, _delivery integer, _record integer); create table plain (${types}, _record integer)`,
    );
  });
  afterAll(() => test_.close());

  test('make the same rows in PostgreSQL and the same dead letters, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        source,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 1, max: 300 }),
        // Bounds so small that records pass them, or the true ones.
        fc.option(fc.tuple(fc.integer({ min: 10, max: 200 }), fc.integer({ min: 0, max: 500 })), { freq: 3 }),
        async (content, chunk, segmentBytes, small) => {
          const bytes = bytesOf(content);
          const maxQuotedBytes = small ? small[0] : 1 << 20;
          const maxRecordBytes = small ? small[0] + small[1] : 1 << 26;
          const cut = { chunkBytes: chunk, segmentBytes, maxQuotedBytes, maxRecordBytes };
          const fast = await cleanFile(nastyTable, format, bytes, cut);
          const plainRows: unknown[] = [];
          const plainLetters: unknown[] = [];
          for (const referred of await referFile(nastyTable, format, fast, segmentBytes / 2)) {
            if ('values' in referred)
              plainRows.push({
                ...Object.fromEntries(NAMES.map((name, i) => [name, referred.values[i]])),
                _record: referred.record,
              });
            else plainLetters.push(referred);
          }
          expect(fast.letters.map(({ record, column, reason }) => ({ record, column, reason }))).toEqual(plainLetters);
          await test_.database.query('truncate fast, plain');
          await test_.database.tx((tx) =>
            copyIn(tx, `copy fast (${LIST}, _delivery, _record) from stdin (format binary)`, [fast.copy]),
          );
          await test_.database.query(
            `insert into plain (${LIST}, _record)
           select ${NAMES.map((name) => `(r ->> '${name}')${CASTS[name] ?? ''}`).join(', ')}, (r ->> '_record')::integer from jsonb_array_elements($1::jsonb) r`,
            [JSON.stringify(plainRows)],
          );
          const differing = await test_.database.query(
            `(select 'fast' as side, ${LIST}, n::text, _record from fast except select 'fast', ${LIST}, n::text, _record from plain)
            union all (select 'plain', ${LIST}, n::text, _record from plain except select 'plain', ${LIST}, n::text, _record from fast)`,
          );
          expect(differing).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  }, 120_000);
});

const CASTS: Record<string, string> = {
  i: '::integer',
  i_again: '::integer',
  j_parsed: '::jsonb',
  b: '::bigint',
  f: '::float',
  n: '::numeric',
  o: '::boolean',
  d: '::date',
  at: '::timestamptz',
  u: '::uuid',
  j: '::jsonb',
};
