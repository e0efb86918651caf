import fc from 'fast-check';
import { cleaned, everyRecord, json, text } from '../../model';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { cleanFile } from './cleanFile';
import { bytesOf, csvText, jsonText } from './nastyInput';
import { sameRows } from './sameRows';

const few = cleaned({
  name: 'few',
  columns: {
    t: text().nullable(),
    rest: json().rest(),
    i: json().nullable(),
    within: json().nullable().from('j', 'a'),
  },
  key: everyRecord(),
});
const flat = cleaned({
  name: 'flat',
  columns: { t: text().nullable(), rest: json().rest(), u: text().nullable() },
  key: everyRecord(),
});

describe('what no column reads', () => {
  let test_: TestDatabase;
  beforeAll(async () => (test_ = await testDatabase()));
  afterAll(() => test_.close());

  test.each([
    ['csv', flat, csvText],
    ['ndjson', few, jsonText],
  ] as const)(
    'is kept alike by the fast path and the reference, of nasty %s',
    async (format, table, source) => {
      let kept = 0;
      await fc.assert(
        fc.asyncProperty(source, fc.integer({ min: 1, max: 300 }), async (content, segmentBytes) => {
          const file = await cleanFile(table, format, bytesOf(content), { chunkBytes: segmentBytes, segmentBytes });
          const became = await sameRows(test_.database, table, format, file);
          kept += became.filter(({ rest }) => (rest ?? '{}') !== '{}').length;
        }),
        { numRuns: 200 },
      );
      expect(kept).toBeGreaterThan(10);
    },
    60_000,
  );

  test.each([
    ['values as they are written', '{"t":"a","n":1.50,"s":"x","o":null}', { n: '1.50', s: '"x"', o: 'null' }],
    ['what is beside a path, inside objects of the same names', '{"j":{"a":1,"b":[2]}}', { j: '{"b": [2]}' }],
    ['what paths lead through and is no object', '{"j":7,"t":"a"}', { j: '7' }],
    ['nothing where columns read all', '{"t":"a","i":1,"j":{"a":{"b":1}}}', {}],
    ['the last of a name that comes twice', '{"x":1,"j":{"y":1},"j":{"a":1},"x":[2]}', { x: '[2]' }],
  ])('%s', async (_, record, kept) => {
    const file = await cleanFile(few, 'ndjson', Buffer.from(`${record}\n`));
    const [row] = await sameRows(test_.database, few, 'ndjson', file);
    const members = await test_.database.query<{ key: string; value: string }>(
      'select key, value::text from jsonb_each($1::jsonb)',
      [row!['rest']],
    );
    expect(Object.fromEntries(members.map(({ key, value }) => [key, value]))).toEqual(kept);
  });

  test('CSV as text: an empty field is nothing, and nothing between quotes is text', async () => {
    const file = await cleanFile(flat, 'csv', Buffer.from('t,u,a,"b ""c"""\nx,y,007,\nx,y,"","q ""r"""\nx,y,,\n'));
    const rows = await sameRows(test_.database, flat, 'csv', file);
    expect(rows.map(({ rest }) => rest)).toEqual(['{"a": "007"}', '{"a": "", "b \\"c\\"": "q \\"r\\""}', '{}']);
  });

  test('what PostgreSQL holds in no JSON is a dead letter of that column', async () => {
    const file = await cleanFile(few, 'ndjson', Buffer.from('{"x":"\\u0000"}\n{"x":"\\ud800"}\n{"\\ud800":1}\n'));
    expect(await sameRows(test_.database, few, 'ndjson', file)).toEqual([
      { column: 'rest', reason: 'NUL in JSON' },
      { column: 'rest', reason: 'lone surrogate in JSON' },
      { column: 'rest', reason: 'lone surrogate in JSON' },
    ]);
  });
});

test.each([
  [{ rest: json().rest(), more: json().rest() }, {}, /rest and more are both json\(\)\.rest\(\)/],
  [{ rest: json().rest().from('x') }, {}, /rest: json\(\)\.rest\(\) says all there is of it/],
  [{ rest: json().rest().nullable() }, {}, /rest: json\(\)\.rest\(\) says all there is of it/],
  [
    { rest: json().rest() },
    { newField: 'refuse' },
    /newField: 'refuse' leaves rest, which is json\(\)\.rest\(\), empty/,
  ],
  [{ t: text() }, { newField: 'keep' }, /newField: 'keep' has no column to keep fields in/],
])('a definition that cannot be kept is refused by name', (columns, contract, message) => {
  expect(() =>
    cleaned({ name: 'items', columns: columns as never, key: everyRecord(), ...(contract as object) }),
  ).toThrow(message);
});
