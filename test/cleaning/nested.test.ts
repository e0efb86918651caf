import fc from 'fast-check';
import { PathScanner } from '../../cleaning/framing/pathScanner';
import { COPY_SIGNATURE } from '../../cleaning/copyFormat';
import { cleaned, everyRecord, integer, json, text } from '../../model';
import type { Cleaned } from '../../model';
import { cleanFile, referFile } from './cleanFile';

/** Generated documents; `npm run test:long` asks for 5,000. */
const DOCUMENTS = Number(process.env['WEIR_TEST_DOCUMENTS'] ?? 1_000);

/** JSON with names that come twice, which no JavaScript object has. */
type Tree = string | readonly Tree[] | { readonly members: readonly (readonly [string, Tree])[] };

const NAMES = ['a', 'b', 'c', 'x.y', 'n', 'z', 'é', '__proto__', 'constructor', ''];
const leaf = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
  fc.constantFrom('9007199254740993', '1e400', '"\\u00e9\\n"', '{}', '[]', 'null', '""', '[{"b":{"c":1}}]'),
);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium' },
    leaf,
    fc.array(tie('tree'), { maxLength: 2 }),
    fc.array(fc.tuple(fc.constantFrom(...NAMES), tie('tree')), { maxLength: 4 }).map((members) => ({ members })),
  ),
}));
const pairs = fc.array(fc.tuple(fc.constantFrom(...NAMES), tree), { maxLength: 5 });

/** A name as some program wrote it: now and then every letter is an escape. */
const written = (name: string, i: number): string =>
  i % 3 === 1
    ? `"${[...name].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"`
    : JSON.stringify(name);
const asText = (value: Tree, space: string): string => {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.map((one: Tree) => asText(one, space)).join(`,${space}`)}]`;
  const { members } = value as { readonly members: readonly (readonly [string, Tree])[] };
  const texts = members.map(([name, one], i) => `${space}${written(name, i)}${space}:${space}${asText(one, space)}`);
  return `{${texts.join(',')}${space}}`;
};

/** A document, whole or cut somewhere. */
const document = fc
  .tuple(pairs, fc.constantFrom('', ' ', '\t'), fc.option(fc.nat(), { freq: 4 }))
  .map(([members, space, cut]) => {
    const whole = asText({ members }, space);
    return cut === null ? whole : whole.slice(0, cut % (whole.length + 1));
  });

const PATHS = [['a'], ['a', 'b'], ['a', 'b', 'c'], ['x.y'], ['n', 'm'], ['__proto__', 'b'], ['constructor'], ['', 'a']];

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (found, word) =>
      typeof found === 'object' && found !== null && !Array.isArray(found) && Object.hasOwn(found, word)
        ? (found as Record<string, unknown>)[word]
        : undefined,
    value,
  );
}

function parsed(document: string): unknown {
  try {
    return JSON.parse(document) as unknown;
  } catch {
    return undefined;
  }
}

test('the scanner finds what JSON.parse finds, at every path of generated documents, and refuses what it refuses', () => {
  const scanner = new PathScanner(PATHS);
  let objects = 0;
  fc.assert(
    fc.property(document, (text) => {
      const value = parsed(text);
      const bytes = Buffer.from(text);
      const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
      expect([text, scanner.scan(bytes, 0, bytes.length) === null]).toEqual([text, isObject]);
      if (!isObject) return;
      objects++;
      PATHS.forEach((path, i) => {
        const quotes = scanner.kind[i] === 'string' ? 1 : 0;
        const own = bytes.toString('utf8', scanner.start[i]! - quotes, scanner.end[i]! + quotes);
        const found = scanner.kind[i] === 'absent' ? undefined : (JSON.parse(own) as unknown);
        expect([text, path, found]).toEqual([text, path, at(value, path)]);
      });
    }),
    { numRuns: DOCUMENTS },
  );
  expect(objects).toBeGreaterThan(DOCUMENTS * 0.15);
});

const asIs = text()
  .nullable()
  .parse('as-is@1', (value) => value);
const tables = (['deadLetter', 'refuse', 'ignore', 'keep'] as const).map((newField) =>
  cleaned({
    name: 'nested',
    columns: {
      whole: json().nullable().from('a'),
      inner: asIs.from('a', 'b'),
      leaf: asIs.from('a', 'b', 'c'),
      dotted: asIs.from('x.y'),
      must: text()
        .from('n', 'c')
        .parse('or-else@1', (value) => value ?? 'else'),
      number: integer().nullable().from('n', 'a'),
      proto: asIs.from('__proto__', 'b'),
      proto_n: asIs.from('__proto__', 'n', 'a'),
      b: asIs,
      c: asIs,
      z: asIs,
      ...(newField === 'keep' && { rest: json().rest() }),
    },
    key: everyRecord(),
    newField,
  }),
);

/** With the members of what is kept in one order: jsonb has an order of its own. */
function sorted(table: Cleaned, rows: readonly (readonly (string | null)[])[]): unknown[] {
  const at = Object.values(table.columns).findIndex(({ facts }) => facts.rest);
  const inOrder = (value: unknown): unknown =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? value
      : Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, inside]) => [name, inOrder(inside)]);
  return rows.map((row) => row.map((value, i) => (i === at ? inOrder(JSON.parse(value!)) : value)));
}

/** Rows of COPY data, each value as the text that it holds. */
function rowsOf(table: Cleaned, copy: Buffer): (string | null)[][] {
  const types = Object.values(table.columns).map(({ facts }) => facts.type);
  const rows: (string | null)[][] = [];
  for (let from = COPY_SIGNATURE.length; copy.readInt16BE(from) !== -1;) {
    const row: (string | null)[] = [];
    const fields = copy.readInt16BE(from);
    from += 2;
    for (let i = 0; i < fields; i++) {
      const length = copy.readInt32BE(from);
      from += 4;
      if (i < types.length)
        row.push(
          length === -1
            ? null
            : types[i] === 'integer'
              ? String(copy.readInt32BE(from))
              : copy.toString('utf8', from + (types[i] === 'json' ? 1 : 0), from + length),
        );
      from += Math.max(0, length);
    }
    rows.push(row);
  }
  return rows;
}

test.each(tables.map((table) => [table.newField, table] as const))(
  'the fast path and the reference make the same of generated documents, newField %s',
  async (_, table) => {
    let rows = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(document, { maxLength: 6 }), fc.integer({ min: 1, max: 200 }), async (texts, chunk) => {
        const bytes = Buffer.from(texts.join('\n'));
        const file = await cleanFile(table, 'ndjson', bytes, { chunkBytes: chunk, segmentBytes: chunk });
        const referred = await referFile(table, 'ndjson', file);
        expect(file.letters.map(({ record, column, reason }) => ({ record, column, reason }))).toEqual(
          referred.filter((one) => 'reason' in one),
        );
        const expected = referred.flatMap((one) => ('values' in one ? [one.values] : []));
        expect(sorted(table, rowsOf(table, file.copy))).toEqual(sorted(table, expected));
        rows += expected.length;
      }),
      { numRuns: 200 },
    );
    expect(rows).toBeGreaterThan(50);
  },
);

const events = cleaned({
  name: 'events',
  columns: {
    id: integer(),
    country: text().from('user', 'geo', 'country'),
    city: text().nullable().from('user', 'geo', 'city'),
    also: text().nullable().from('user', 'geo', 'city'),
    page: json().nullable().from('page'),
    url: text().nullable().from('page', 'url'),
  },
  key: everyRecord(),
});
const DE = '"user":{"geo":{"country":"DE","city":"Köln"}}';
const missing = 'null in a column that is not nullable (user.geo.country)';
const extra = (path: string): string => `field ${path} is not in the contract`;

describe('a record of nested objects', () => {
  test.each([
    [`{"id":1,${DE},"page":{"url":"/p","more":[1]}}`, ['1', 'DE', 'Köln', 'Köln', '{"url":"/p","more":[1]}', '/p']],
    [`{"page":"none","id":1,${DE}}`, ['1', 'DE', 'Köln', 'Köln', '"none"', null]],
    ['{"id":1,"user":{"geo":{"country":"FR","city":null}}}', ['1', 'FR', null, null, null, null]],
    [`{"id":1,${DE},"user":{"geo":{"country":"FR"}}}`, ['1', 'FR', null, null, null, null]],
    [`{"id":1,"user":{"zip":1},${DE}}`, ['1', 'DE', 'Köln', 'Köln', null, null]],
    [`{"id":1,"\\u0075ser":{"geo":{"\\u0063ountry":"\\u0041T"}}}`, ['1', 'AT', null, null, null, null]],
  ])('%s is a row: the last of a name counts, with all that is inside it', async (record, row) => {
    const file = await cleanFile(events, 'ndjson', Buffer.from(record));
    expect(file.letters).toEqual([]);
    expect(rowsOf(events, file.copy)).toEqual([row]);
  });

  test.each([
    ['{"id":1}', 'country', missing],
    ['{"id":1,"user":null}', 'country', missing],
    ['{"id":1,"user":"x"}', 'country', missing],
    ['{"id":1,"user":[{"geo":{"country":"DE"}}]}', 'country', missing],
    [`{"id":1,${DE},"user":{}}`, 'country', missing],
    ['{"id":1,"user":{"geo":{"country":{}}}}', 'country', 'not text: an object or array'],
    ['{"id":1,"user":{"geo":{"country":"DE","zip":1}}}', null, extra('user.geo.zip')],
    ['{"id":1,"user":{"geo":{"country":"DE"},"a.b":1,"c":2}}', null, extra('user."a.b"')],
    [`{"id":1,"user":{"no":1,"geo":{"zip":1}},"coupon":1}`, null, extra('coupon')],
    [`{"id":1,${DE},"__proto__":{"id":2}}`, null, extra('__proto__')],
    [`{"id":1,"user":{"__proto__":{"geo":{}}}}`, null, extra('user.__proto__')],
    [`{"id":1,${DE},"page":{"a":1},"x":{"page":1}}`, null, extra('x')],
    [`{"id":1,"user":{"geo":{"country":"DE"}}`, null, 'not JSON'],
  ])('%s is a dead letter that says where', async (record, column, reason) => {
    const file = await cleanFile(events, 'ndjson', Buffer.from(record));
    expect(file.letters.map((letter) => [letter.column, letter.reason])).toEqual([[column, reason]]);
    expect(await referFile(events, 'ndjson', file)).toEqual([{ record: 0, column, reason }]);
  });

  test('a million brackets inside of a mapped object cost time, and no stack', async () => {
    const deep = (inside: string): Buffer => Buffer.from(`{"id":1,"user":{"geo":${inside}}}`);
    for (const text of [
      deep('['.repeat(1e6)),
      deep('{"country":'.repeat(1e6)),
      deep(`${'{"x":'.repeat(1e5)}1${'}'.repeat(1e5)}`),
    ]) {
      const { letters } = await cleanFile(events, 'ndjson', text);
      expect(letters.map(({ reason }) => reason.replace(/ \(a record.*/, ''))).toEqual([
        text.length > 1e6 ? 'not JSON' : extra('user.geo.x'),
      ]);
    }
  });

  test('names the path of a column whose place no record has', async () => {
    const absent = await cleanFile(events, 'ndjson', Buffer.from('{"id":1,"user":{"geo":{"country":"DE"}}}\n{"id":2}'));
    expect(absent.records).toBe(2);
    expect(absent.absent).toEqual([
      { column: 'city', field: 'user.geo.city' },
      { column: 'also', field: 'user.geo.city' },
      { column: 'page', field: 'page' },
      { column: 'url', field: 'page.url' },
    ]);
  });
});
