import fc from 'fast-check';
import type { Column, ColumnType } from '../../model/definition/column';
import { cleaned, date, everyRecord, float, integer, numeric, text, timestamptz } from '../../model';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { cleanFile } from './cleanFile';
import { sameRows } from './sameRows';

const of = (columns: Record<string, Column<ColumnType, boolean>>) =>
  cleaned({ name: 'words', columns, key: everyRecord() });
const BERLIN = timestamptz().format('dd.MM.yyyy HH:mm').zone('Europe/Berlin');
const GERMAN = 'dd.MM.yyyy HH:mm';

describe('column words', () => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase();
  });
  afterAll(() => test_.close());

  /** What one field becomes: its value as PostgreSQL shows it, or the reason. */
  async function becomes(column: Column<ColumnType, boolean>, field: string): Promise<string> {
    const table = of({ c: column, i: integer() });
    const file = await cleanFile(table, 'csv', Buffer.from(`c,i\n"${field}",1\n`));
    const [one] = await sameRows(test_.database, table, 'csv', file);
    return one!['reason'] ?? one!['c']!.replace(/\+00$/, '');
  }

  test.each<[string, Column<ColumnType, boolean>, string, string]>([
    ['German', date().format('dd.MM.yyyy'), '29.02.2024', '2024-02-29'],
    ['German, no such day', date().format('dd.MM.yyyy'), '30.02.2024', 'not a date in dd.MM.yyyy'],
    ['one digit', date().format('d.M.yy'), '1.5.24', '2024-05-01'],
    ['one digit for two', date().format('dd.MM.yyyy'), '1.5.2024', 'not a date in dd.MM.yyyy'],
    ['a year of two digits', date().format('d.M.yy'), '31.12.70', '1970-12-31'],
    ['spaces around', date().format('d.M.yy'), '  1.5.24 ', '2024-05-01'],
    ['a name', date().format('d MMM yyyy'), '7 sEp 2001', '2001-09-07'],
    ['no such name', date().format('d MMM yyyy'), '7 Sept 2001', 'not a date in d MMM yyyy'],
    ['beyond ASCII', date().format('yyyy年M月d日'), '2024年5月1日', '2024-05-01'],
    ['noon', timestamptz().format('M/d/yyyy h:mm a').zone('UTC'), '5/1/2024 12:05 PM', '2024-05-01 12:05:00'],
    ['midnight', timestamptz().format('M/d/yyyy h:mm a').zone('UTC'), '5/1/2024 12:05 am', '2024-05-01 00:05:00'],
    [
      'an offset',
      timestamptz().format("yyyy-MM-dd'T'HH:mm:ss.SSSXXX"),
      '2024-05-01T01:02:03.004+0200',
      '2024-04-30 23:02:03.004',
    ],
    ['Z', timestamptz().format('yyyyMMddTHHmmssX'), '20240501T010203Z', '2024-05-01 01:02:03'],
    [
      'nanoseconds',
      timestamptz().format('yyyy-MM-dd HH:mm:ss.SSSSSSSSS'),
      '2024-05-01 01:02:03.123456789',
      '2024-05-01 01:02:03.123456',
    ],
    ['a clock as a number', timestamptz().format('yyyy M d Hmm'), '2013 1 1 517', '2013-01-01 05:17:00'],
    ['minutes past midnight', timestamptz().format('yyyy M d Hmm'), '2013 1 1 5', '2013-01-01 00:05:00'],
    ['2400', timestamptz().format('yyyy M d Hmm'), '2013 12 31 2400', '2014-01-01 00:00:00'],
    ['2401', timestamptz().format('yyyy M d Hmm'), '2013 12 31 2401', 'not a timestamp in yyyy M d Hmm'],
    ['60 minutes', timestamptz().format('yyyy M d Hmm'), '2013 1 1 560', 'not a timestamp in yyyy M d Hmm'],
    ['a leap second', timestamptz().format('dd.MM.yyyy HH:mm:ss'), '31.12.2016 23:59:60', 'a leap second'],
    ['Berlin in winter', BERLIN, '01.01.2024 00:30', '2023-12-31 23:30:00'],
    ['Berlin in summer', BERLIN, '01.07.2024 00:30', '2024-06-30 22:30:00'],
    ['24:00', BERLIN, '30.06.2024 24:00', '2024-06-30 22:00:00'],
    ['an hour that never was', BERLIN, '31.03.2024 02:30', 'a local time that clocks of Europe/Berlin skipped'],
    [
      'an hour that was twice',
      BERLIN,
      '27.10.2024 02:30',
      "a local time that clocks of Europe/Berlin showed twice (.ambiguous('earlier') or 'later' says which)",
    ],
    ['the earlier', BERLIN.ambiguous('earlier'), '27.10.2024 02:30', '2024-10-27 00:30:00'],
    ['the later', BERLIN.ambiguous('later'), '27.10.2024 02:30', '2024-10-27 01:30:00'],
    [
      'never was, for all that',
      BERLIN.ambiguous('later'),
      '31.03.2024 02:30',
      'a local time that clocks of Europe/Berlin skipped',
    ],
    ['before there was standard time', BERLIN, '01.01.1880 00:00', '1879-12-31 23:06:32'],
    ['ISO by a zone', timestamptz().zone('America/New_York'), '2024-07-01T12:00:00', '2024-07-01 16:00:00'],
    ['ISO with its own offset', timestamptz().zone('America/New_York'), '2024-07-01T12:00:00Z', '2024-07-01 12:00:00'],
    ['a day by a zone', timestamptz().zone('America/New_York'), '2024-07-01', '2024-07-01 04:00:00'],
    [
      'ISO skipped',
      timestamptz().zone('America/New_York'),
      '2024-03-10 02:30:00',
      'a local time that clocks of America/New_York skipped',
    ],
    ['epoch', timestamptz().epoch('s'), '1714521600', '2024-05-01 00:00:00'],
    ['epoch with a fraction', timestamptz().epoch('s'), '-1.5000019', '1969-12-31 23:59:58.499999'],
    ['epoch in ms', timestamptz().epoch('ms'), '1714521600123.25', '2024-05-01 00:00:00.12325'],
    [
      'ms taken for s',
      timestamptz().epoch('s'),
      '1714521600123',
      'no moment of the years 1 to 9999 in seconds since 1970',
    ],
    ['no epoch', timestamptz().epoch('ms'), '2024-05-01', 'not milliseconds since 1970'],
    ['one of', text().oneOf('web', 'shop', 'Läden'), 'shop', 'shop'],
    ['one of, beyond ASCII', text().oneOf('web', 'shop', 'Läden'), 'Läden', 'Läden'],
    ['none of', text().oneOf('web', 'shop', 'Läden'), 'Shop', 'not one of web, shop, Läden'],
    ['NaN', float().allow('NaN'), 'nan', 'NaN'],
    ['infinite', float().allow('NaN', 'Infinity'), '-inf', '-Infinity'],
    ['infinite, where only NaN is', float().allow('NaN'), 'Infinity', 'not a number'],
    ['finite', float().allow('NaN', 'Infinity'), '1.5', '1.5'],
  ])('%s', async (_, column, field, expected) => {
    expect(await becomes(column, field)).toBe(expected);
  });

  test('local times are the moments that PostgreSQL says they are', async () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'America/Sao_Paulo',
      'Pacific/Apia',
      'Africa/Casablanca',
    ];
    for (const zone of zones) {
      const local = fc
        .sample(fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2025, 0, 1) }), 400)
        .map((ms) => new Date(ms).toISOString().slice(0, 16));
      const table = of({ at: timestamptz().format("yyyy-MM-dd'T'HH:mm").zone(zone).ambiguous('later') });
      const file = await cleanFile(table, 'csv', Buffer.from(`at\n${local.join('\n')}\n`));
      const rows = await sameRows(test_.database, table, 'csv', file);
      const theirs = await test_.database.query<{ at: string; back: string }>(
        `select (l::timestamp at time zone $2)::text as at, to_char(l::timestamp at time zone $2 at time zone $2, 'YYYY-MM-DD"T"HH24:MI') as back
           from unnest($1::text[]) with ordinality u (l, place) order by place`,
        [local, zone],
      );
      // A time that clocks skipped does not come back from PostgreSQL as it went in.
      expect(rows.map((row) => row['at'] ?? null)).toEqual(
        theirs.map(({ at, back }, i) => (back === local[i] ? at : null)),
      );
    }
  });

  const written = fc.oneof(
    fc
      .tuple(
        fc.date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true }),
        fc.constantFrom(0, 1, 2, 3, 4, 5, 6),
      )
      .map(([at, how]) => {
        const [year, month, day, hour, minute, second] = at.toISOString().split(/[-T:.]/) as [
          string,
          string,
          string,
          string,
          string,
          string,
        ];
        return [
          `${day}.${month}.${year} ${hour}:${minute}`,
          `${Number(day)}/${Number(month)}/${year.slice(2)}`,
          `${year} ${Number(month)} ${Number(day)} ${Number(hour + minute)}`,
          `${year}-${month}-${day} ${hour}:${minute}:${second}`,
          String(Math.floor(at.getTime() / 1_000)),
          `${at.getTime() / 1_000}`,
          `${at.toISOString()}`,
        ][how]!;
      }),
    fc.constantFrom(
      '31.03.2024 02:15',
      '27.10.2024 02:15',
      '30.06.2024 24:00',
      '31.12.2016 23:60',
      '29.02.2023 00:00',
      '2024 2 30 1',
      ' 1/5/24 ',
      '1/5/024',
      'shop',
      'Shop',
      'läden',
      'nan',
      '+Infinity',
      '-iNF',
      '1e5',
      '-7',
      '0012.500',
      '-0.00',
      '99999999999999999999',
      '0.000000000001',
      '-1234567.8901',
      '10000',
      '0.0001',
      '123456789012345.123456789012',
      '.5',
      '5.',
      '12:05 AM 1 Jan 2024',
      '12:05 pm 31 dec 1999',
      '13:05 PM 1 Jan 2024',
    ),
    fc.string({ maxLength: 12 }),
  );
  const columns = {
    t: text()
      .nullable()
      .from('v')
      .parse('one@1', (value) => value),
    german: BERLIN.nullable()
      .from('v')
      .parse('german@1', (v) => (v?.includes('.') ? v : null)),
    later: timestamptz().format(GERMAN).zone('Europe/Berlin').ambiguous('later').nullable().from('a'),
    short: date().format('d/M/yy').nullable().from('b'),
    clock: timestamptz().format('yyyy M d Hmm').nullable().from('c'),
    half: timestamptz().format('h:mm a d MMM yyyy').zone('Asia/Tokyo').nullable().from('d'),
    iso: timestamptz().zone('America/New_York').nullable().from('e'),
    seconds: timestamptz().epoch('s').nullable().from('f'),
    ms: timestamptz().epoch('ms').nullable().from('g'),
    shop: text().oneOf('shop', 'läden').nullable().from('h'),
    odd: float().allow('NaN', 'Infinity').nullable().from('i'),
    n: numeric().nullable().from('j'),
    joined: text().fromFields('k', 'v').nullable(),
  };
  const FIELDS = ['v', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k'];

  test.each(['csv', 'ndjson'] as const)(
    'the fast path and the reference agree on generated %s',
    async (format) => {
      const table = cleaned({ name: 'words', columns, key: everyRecord(), extraFields: 'ignore' });
      await fc.assert(
        fc.asyncProperty(
          // One field of a record at a time, so that each column has its turn.
          fc.array(fc.tuple(fc.integer({ min: 0, max: FIELDS.length - 1 }), written), { minLength: 20, maxLength: 60 }),
          async (records) => {
            const lines = records.map(([place, value]) =>
              format === 'csv'
                ? FIELDS.map((_, i) =>
                    i === place || (place === 10 && i === 0) ? `"${value.replaceAll('"', '""')}"` : '',
                  ).join(',')
                : JSON.stringify({ [FIELDS[place]!]: value, ...(place === 10 && { v: value }) }),
            );
            const body = [...(format === 'csv' ? [FIELDS.join(',')] : []), ...lines].join('\n');
            const file = await cleanFile(table, format, Buffer.from(body), { segmentBytes: 300 });
            await sameRows(test_.database, table, format, file);
          },
        ),
        { numRuns: 40 },
      );
    },
    60_000,
  );

  test.each(['csv', 'ndjson'] as const)('a column of several fields, in %s', async (format) => {
    const flights = cleaned({
      name: 'flights',
      columns: {
        departed_at: timestamptz()
          .fromFields('year', 'month', 'day', 'dep_time')
          .format('yyyy M d Hmm')
          .zone('America/New_York')
          .nullable(),
        day: date().fromFields('year', 'month', 'day').format('yyyy M d'),
        carrier: text(),
        sum: text().fromFields('carrier', 'month'),
      },
      key: everyRecord(),
    });
    const records = [
      ['2013', '1', '1', '517', 'UA'],
      ['2013', ' 1 ', '1', '5', 'UA'],
      ['2013', '12', '31', '2400', 'UA'],
      ['2013', '1', '1', '', 'AA'],
      ['2013', '3', '10', '230', 'AA'],
      ['2013', '2', '29', '1', 'AA'],
      ['2013', '', '1', '1', 'AA'],
      ['2013', '1', '1', '12x', 'AA'],
    ];
    const names = ['year', 'month', 'day', 'dep_time', 'carrier'];
    const json = (record: string[]): string =>
      `{${names.map((name, i) => `"${name}":${/^\d+$/.test(record[i]!) ? record[i]! : JSON.stringify(record[i])}`).join(',')}}`;
    const lines = format === 'csv' ? [names.join(','), ...records.map(String)] : records.map(json);
    const file = await cleanFile(flights, format, Buffer.from(lines.join('\n')));
    expect(await sameRows(test_.database, flights, format, file)).toEqual([
      { departed_at: '2013-01-01 10:17:00+00', day: '2013-01-01', carrier: 'UA', sum: 'UA 1' },
      { departed_at: '2013-01-01 05:05:00+00', day: '2013-01-01', carrier: 'UA', sum: 'UA 1' },
      { departed_at: '2014-01-01 05:00:00+00', day: '2013-12-31', carrier: 'UA', sum: 'UA 12' },
      { departed_at: null, day: '2013-01-01', carrier: 'AA', sum: 'AA 1' },
      { column: 'departed_at', reason: 'a local time that clocks of America/New_York skipped' },
      { column: 'departed_at', reason: 'not a timestamp in yyyy M d Hmm' },
      { column: 'day', reason: 'null in a column that is not nullable' },
      { column: 'departed_at', reason: 'not a timestamp in yyyy M d Hmm' },
    ]);
  });

  test('decimals of up to 27 digits are read from their bytes as from their text', async () => {
    const table = of({ n: numeric() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^-?\d{1,16}(\.\d{1,15})?$/), { minLength: 200, maxLength: 200 }),
        async (values) => {
          const file = await cleanFile(table, 'csv', Buffer.from(`n\n${values.join('\n')}\n`));
          await sameRows(test_.database, table, 'csv', file);
        },
      ),
      { numRuns: 10 },
    );
  });
});
