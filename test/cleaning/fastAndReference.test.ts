import fc from 'fast-check';
import { Cleaner } from '../../cleaning/cleaner';
import { cutSegments } from '../../cleaning/framing/segments';
import { reference } from '../../cleaning/reference/reference';
import type { Format } from '../../model/definition/source';
import type { DeadLetter } from '../../model/run/deadLetter';
import { copyIn } from '../../store/postgres/copy';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { LIST, NAMES, csvText, jsonText, nastyTable } from './nastyInput';

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

interface CleanedFile {
  readonly copy: Buffer;
  readonly letters: DeadLetter[];
  readonly fields: readonly string[];
  readonly segments: Buffer[];
}

async function clean(format: Format, bytes: Buffer, chunk: number, segmentBytes: number): Promise<CleanedFile> {
  let cleaner: Cleaner | undefined;
  let fields: readonly string[] = [];
  const copy: Buffer[] = [];
  const segments: Buffer[] = [];
  const all: Buffer[] = [];
  for await (const piece of cutSegments(format, chunked(bytes, chunk), { segmentBytes })) {
    all.push(piece.bytes);
    if (piece.kind === 'preamble') {
      fields = piece.fields;
      cleaner = new Cleaner({ table: nastyTable, format, fields, grain: '1d', delivery: 7 });
    } else {
      segments.push(piece.bytes);
      const before = cleaner!.records;
      expect(piece.firstRecord).toBe(before);
      copy.push(...cleaner!.feed(piece));
      expect(cleaner!.records - before).toBe(piece.records);
    }
  }
  expect(Buffer.concat(all).equals(bytes)).toBe(true);
  copy.push(cleaner!.finish());
  return { copy: Buffer.concat(copy), letters: cleaner!.takeDeadLetters(), fields, segments };
}

describe.each([
  ['csv', csvText],
  ['ndjson', jsonText],
] as const)('the fast path and the reference, on generated nasty %s', (format, source) => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase();
    const types =
      't text, i integer, b bigint, f double precision, n numeric, o boolean, d date, at timestamptz, u uuid, j jsonb';
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
        async (content, chunk, segmentBytes) => {
          const bytes = Buffer.from(content);
          const fast = await clean(format, bytes, chunk, segmentBytes);
          const plainRows: unknown[] = [];
          const plainLetters: unknown[] = [];
          async function* segments(): AsyncGenerator<Buffer> {
            yield* fast.segments;
          }
          for await (const referred of reference({
            table: nastyTable,
            format,
            fields: fast.fields,
            bytes: segments(),
          })) {
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
  b: '::bigint',
  f: '::float',
  n: '::numeric',
  o: '::boolean',
  d: '::date',
  at: '::timestamptz',
  u: '::uuid',
  j: '::jsonb',
};
