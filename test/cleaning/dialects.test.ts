import fc from 'fast-check';
import { bigint, cleaned, everyRecord, float, integer, json, numeric, text, timestamptz } from '../../model';
import type { Dialect } from '../../model/definition/reading/dialect';
import type { SingleByte } from '../../model/definition/reading/encoding';
import { charactersOf } from '../../model/definition/reading/encoding';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { cleanFile } from './cleanFile';
import type { Became } from './sameRows';
import { sameRows } from './sameRows';

const table = cleaned({
  name: 'sales',
  columns: {
    name: text().nullable(),
    n: integer().nullable(),
    f: float().allow('NaN').nullable(),
    money: numeric().nullable(),
    b: bigint().nullable().from('n'),
    at: timestamptz().epoch('s').nullable().from('f'),
    doc: json().nullable().from('name'),
  },
  key: everyRecord(),
  extraFields: 'ignore',
});
const short = cleaned({
  name: 'short',
  columns: { id: integer(), name: text().nullable(), money: numeric().nullable() },
  key: everyRecord(),
});

describe('dialects', () => {
  let test_: TestDatabase;
  beforeAll(async () => (test_ = await testDatabase()));
  afterAll(() => test_.close());

  const read = async (dialect: Dialect, content: string | Buffer): Promise<Became[]> => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    return sameRows(test_.database, short, 'csv', await cleanFile(short, 'csv', bytes, { dialect }));
  };
  const row = (id: number, name: string | null, money: string | null = null): Became => ({
    id: String(id),
    name,
    money,
  });

  test.each<[string, Dialect, string | Buffer, Became[]]>([
    ['a delimiter', { delimiter: ';' }, 'id;name;money\n1;a,b;2\n', [row(1, 'a,b', '2')]],
    ['tabs', { delimiter: '\t' }, 'id\tname\tmoney\n1\t\t2\n', [row(1, null, '2')]],
    [
      'a line end in quotes behind a semicolon',
      { delimiter: ';' },
      'id;name;money\n1;"a\nb";2\n',
      [row(1, 'a\nb', '2')],
    ],
    ['another quote', { quote: "'" }, `id,name,money\n1,'a,"b''c',2\n`, [row(1, `a,"b'c`, '2')]],
    ['no quotes', { delimiter: '\t', quote: false }, 'id\tname\tmoney\n1\t"a\t2\n', [row(1, '"a', '2')]],
    [
      'backslashes',
      { escape: '\\' },
      'id,name,money\n1,"a\\"b\\\\\n,c",2\n2,"d\\",3\n',
      [row(1, 'a"b\\\n,c', '2'), { column: null, reason: 'malformed quoting' }],
    ],
    ['names in the fourth line', { header: 4 }, 'Report\n"of\n\nid,name,money\n1,a,2\n', [row(1, 'a', '2')]],
    ['names of the definition', { header: ['id', 'name', 'money'] }, '1,a,2\n2,b,\n', [row(1, 'a', '2'), row(2, 'b')]],
    ['comments', { comment: '#' }, '# made by\nid,name,money\n#1,"\n1,#a,2\n#\n', [row(1, '#a', '2')]],
    ['totals', { skip: /^(Summe|\d+ Zeilen)/i }, 'id,name,money\n1,a,2\nsumme,,2\n1 Zeilen\n', [row(1, 'a', '2')]],
    [
      'nothing',
      { nulls: ['NA', '-', '""'] },
      'id,name,money\n1,NA,-\n2,"NA","2"\n3,"""""",\n4,na,\n',
      [row(1, null), row(2, null, '2'), row(3, null), row(4, 'na')],
    ],
    [
      'decimal commas',
      { delimiter: ';', decimal: ',', thousands: '.' },
      'id;name;money\n1;a;1.234,50\n2.000;b;-,5\n3;c;1.23,0\n4;d;1.5\n',
      [
        row(1, 'a', '1234.50'),
        row(2000, 'b', '-0.5'),
        { column: 'money', reason: 'not a number' },
        { column: 'money', reason: 'not a number' },
      ],
    ],
    ['snake case', { names: 'snake_case' }, 'ID,Name ,"Money"\n1,a,2\n', [row(1, 'a', '2')]],
    [
      'windows-1252',
      { encoding: 'windows-1252' },
      Buffer.from('id,name,money\n1,Gr\xfc\xdfe \x80,2\n2,\x81,\n', 'latin1'),
      [row(1, 'Grüße €', '2'), { column: 'name', reason: '0x81 is no character of windows-1252' }],
    ],
    [
      'iso-8859-15',
      { encoding: 'iso-8859-15' },
      Buffer.from('id,name,money\n1,\xa4,2\n', 'latin1'),
      [row(1, '€', '2')],
    ],
    [
      'a mark says UTF-8, whatever is said',
      { encoding: 'windows-1252' },
      '\ufeffid,name,money\n1,ü,2\n',
      [row(1, 'ü', '2')],
    ],
    [
      'a delimiter of one byte',
      { encoding: 'windows-1252', delimiter: '§' },
      Buffer.from('id\xa7name\xa7money\n1\xa7a\xa72\n', 'latin1'),
      [row(1, 'a', '2')],
    ],
    [
      'totals with umlauts',
      { encoding: 'windows-1252', skip: /^Übertrag/ },
      Buffer.from('id,name,money\n\xdcbertrag,,\n1,a,2\n', 'latin1'),
      [row(1, 'a', '2')],
    ],
  ])('%s', async (_, dialect, content, expected) => {
    expect(await read(dialect, content)).toEqual(expected);
  });

  test.each<[string, Dialect, string, string, RegExp]>([
    ['another delimiter', {}, 'id;name;money\n1;a;2\n', '"id" is missing', /dialect: \{ delimiter: ';' \}/],
    ['tabs', { delimiter: ';' }, 'id\tname\tmoney\n', '"id" is missing', /delimiter: '\\t'/],
    [
      'a line that is not there',
      { header: 9 },
      'id\n1\n',
      'the file has no line 9, which dialect.header says has the names',
      /header: 1 is the first/,
    ],
    [
      'two names that become one',
      { names: 'snake_case' },
      'Order ID,orderID\n',
      '"Order ID" and "orderID", which are both "order_id"',
      /rename/,
    ],
  ])('%s is said', async (_, dialect, content, says, next) => {
    await expect(cleanFile(short, 'csv', Buffer.from(content), { dialect })).rejects.toMatchObject({
      name: 'ContractBroken',
      message: expect.stringContaining(says) as string,
      next: expect.stringMatching(next) as string,
    });
  });

  test.each<[SingleByte, string]>([
    ['windows-1252', 'WIN1252'],
    ['iso-8859-1', 'LATIN1'],
    ['iso-8859-15', 'LATIN9'],
  ])('each byte of %s is the character that PostgreSQL says it is', async (encoding, theirs) => {
    for (const [byte, character] of charactersOf(encoding).entries()) {
      if (byte === 0) continue;
      const asked = test_.database.query<{ c: string }>(`select convert_from($1::bytea, '${theirs}') as c`, [
        Buffer.from([byte]),
      ]);
      if (character === null) await expect(asked).rejects.toThrow(/no equivalent|invalid byte/);
      else expect((await asked)[0]!.c).toBe(character);
    }
  });

  const field = fc.oneof(
    fc.constantFrom(
      '',
      '1',
      '-7',
      '1.5',
      '1,5',
      '1.234,5',
      "1'234",
      '1.234.567',
      '12.34',
      '0,0001',
      ',5',
      '5,',
      '1 000',
      'NaN',
      'nan',
      'NA',
      '-',
      '1714521600,25',
      '99999999999999999999',
      '1e3',
      '1,5e-3',
      '.5',
      '+1.234',
    ),
    fc.constantFrom(
      'a;b',
      'a,b',
      "a'b",
      'a"b',
      'a\\b',
      '\\',
      'line\nend',
      'cr\rlf\r\n',
      '#no',
      'Summe 5',
      '{"a": "ü"}',
      '"ü"',
      'ü€',
      '\x81',
      '\x80\x9d',
      'nul\0',
    ),
    fc.string({ maxLength: 5 }),
  );
  const dialects: fc.Arbitrary<Dialect> = fc.record(
    {
      delimiter: fc.constantFrom(',', ';', '\t', '|', ' '),
      quote: fc.constantFrom('"' as const, "'" as const, false as const),
      escape: fc.constantFrom('\\', '!'),
      encoding: fc.constantFrom('utf-8' as const, 'windows-1252' as const, 'iso-8859-15' as const),
      comment: fc.constant('#'),
      skip: fc.constantFrom(/^summe/i, /ü/),
      nulls: fc.constantFrom(['NA'], ['-', 'NA', 'ü€']),
      decimal: fc.constantFrom(',' as const, '.' as const),
      thousands: fc.constantFrom("'", ' '),
      header: fc.constantFrom<1 | 3 | readonly string[]>(1, 3, ['name', 'n', 'f', 'money', 'x']),
    },
    { requiredKeys: [] },
  );

  test('the fast path and the reference agree, however it is written', async () => {
    await fc.assert(
      fc.asyncProperty(
        dialects,
        fc.array(
          fc.tuple(fc.array(field, { minLength: 4, maxLength: 5 }), fc.nat(7), fc.constantFrom('\n', '\r\n', '\n\n')),
          { maxLength: 25 },
        ),
        fc.integer({ min: 1, max: 300 }),
        fc.option(fc.integer({ min: 10, max: 200 }), { freq: 4 }),
        async (drawn, records, size, small) => {
          const dialect = drawn.quote === false ? { ...drawn, escape: undefined } : drawn;
          const { delimiter = ',', quote = '"', escape = quote, header } = dialect as Required<Dialect>;
          const written = (value: string, how: number): string => {
            if (
              quote === false ||
              how === 0 ||
              !(how === 1 || [delimiter, quote, '\n', '\r'].some((one) => value.includes(one)))
            )
              return value;
            const escaped =
              escape === quote
                ? value.replaceAll(quote, quote + quote)
                : value
                    .replaceAll(escape as string, `${escape as string}${escape as string}`)
                    .replaceAll(quote, `${escape as string}${quote}`);
            return quote + escaped + quote;
          };
          const lines = records.map(
            ([fields, how, end]) =>
              fields
                .concat(Array(Math.max(0, 5 - fields.length - (how === 7 ? 1 : 0))).fill(''))
                .map((value) => written(value, how))
                .join(delimiter) + end,
          );
          const before = typeof header === 'object' ? '' : header === 3 ? 'a "report\n\n' : '';
          const names = typeof header === 'object' ? '' : `${['name', 'n', 'f', 'money', 'x'].join(delimiter)}\n`;
          const content = before + names + lines.join('');
          const bytes =
            dialect.encoding === undefined || dialect.encoding === 'utf-8'
              ? Buffer.from(content)
              : Buffer.from(content.replaceAll('€', '\x80'), 'latin1');
          const bounds = small ? { maxQuotedBytes: small, maxRecordBytes: small + 20 } : {};
          const file = await cleanFile(table, 'csv', bytes, {
            dialect: dialect as Dialect,
            segmentBytes: size,
            chunkBytes: size,
            ...bounds,
          });
          await sameRows(test_.database, table, 'csv', file);
        },
      ),
      { numRuns: 300 },
    );
  }, 60_000);
});
