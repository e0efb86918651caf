import fc from 'fast-check';
import {
  bigint,
  boolean,
  cleaned,
  date,
  everyRecord,
  float,
  integer,
  json,
  numeric,
  text,
  timestamptz,
  uuid,
} from '../../model';
import type { Cleaned } from '../../model';
import type { Format } from '../../model/definition/source';
import { copyIn } from '../../store/postgres/copy';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { cleanFile, referFile } from './cleanFile';

/** Each type of column, with its type in PostgreSQL. */
const TYPES = {
  text: [text, 'text'],
  integer: [integer, 'integer'],
  bigint: [bigint, 'bigint'],
  float: [float, 'double precision'],
  numeric: [numeric, 'numeric'],
  boolean: [boolean, 'boolean'],
  date: [date, 'date'],
  timestamptz: [timestamptz, 'timestamptz'],
  uuid: [uuid, 'uuid'],
  json: [json, 'jsonb'],
} as const;
type Type = keyof typeof TYPES;

const values = fc.oneof(
  fc.constantFrom(
    '7',
    ' 7 ',
    '-1.50',
    '9007199254740993',
    'true',
    '2024-05-01',
    '2024-02-30',
    '2024-05-01T07',
    'NaN',
    '{"a":1}',
    '"',
    'null',
  ),
  fc.constantFrom('6f9619ff-8b86-d011-b42d-00c04fc964ff', 'K%C3%B6ln', 'Köln', 'x'.repeat(200), 'a,b', 'a"b'),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 9 })
    .filter((value) => !value.includes('/') && !value.includes('\0')),
);

describe('a column of the path', () => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase();
    for (const [type, [, pg]] of Object.entries(TYPES))
      await test_.database.query(`create table t_${type} (a text, v ${pg}, b integer, d integer, r integer)`);
  });
  afterAll(() => test_.close());

  test.each<Format>(['csv', 'ndjson'])(
    'holds in each record what the reference says, of any type (%s)',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...(Object.keys(TYPES) as Type[])),
          fc.boolean(),
          fc.option(values, { freq: 9, nil: undefined }),
          fc.array(fc.tuple(fc.stringMatching(/^[a-z]{0,5}$/), fc.constantFrom('1', '', 'no')), { maxLength: 6 }),
          async (type, nullable, value, records) => {
            const word = TYPES[type][0]().path('store');
            const table: Cleaned = cleaned({
              name: 'sold',
              columns: { a: text().nullable(), v: nullable ? word.nullable() : word, b: integer().nullable() },
              key: everyRecord(),
            });
            const lines = records.map(([a, b]) => (format === 'csv' ? `${b},${a}` : JSON.stringify({ b, a })));
            const bytes = Buffer.from([...(format === 'csv' ? ['b,a'] : []), ...lines, ''].join('\n'));
            const path: Record<string, string> = value === undefined ? {} : { store: value };
            const fast = await cleanFile(table, format, bytes, { path });
            const plain = await referFile(table, format, fast, 100, path);
            const letters = plain.filter((one) => 'reason' in one);
            expect(fast.letters.map(({ record, column, reason }) => ({ record, column, reason }))).toEqual(letters);
            const home = `t_${type}`;
            await test_.database.query(`truncate ${home}`);
            await test_.database.tx((tx) => copyIn(tx, `copy ${home} from stdin (format binary)`, [fast.copy]));
            const rows = plain.flatMap((one) => ('values' in one ? [{ r: one.record, v: one.values }] : []));
            const differing = await test_.database.query(
              `with plain as (
               select p ->> 'r' as r, p -> 'v' ->> 0 as a, (p -> 'v' ->> 1)::${TYPES[type][1]} as v, p -> 'v' ->> 2 as b
                 from jsonb_array_elements($1::jsonb) p
             )
             select from plain full join ${home} t on plain.r = t.r::text
              where (plain.a, plain.v::text, plain.b) is distinct from (t.a, t.v::text, t.b::text) or t.r is null or plain.r is null`,
              [JSON.stringify(rows)],
            );
            expect(differing).toEqual([]);
          },
        ),
        { seed: 15, numRuns: 80 },
      );
    },
  );
});
