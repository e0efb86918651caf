import fc from 'fast-check';
import { acceptedValues, between, notNull } from '../../checks';
import {
  bigint,
  boolean,
  cleaned,
  date,
  everyColumn,
  float,
  integer,
  json,
  numeric,
  text,
  timestamptz,
  uuid,
} from '../../model';

/** A table with a column of each type, for input that tries them all. */
export const nastyTable = cleaned({
  name: 'nasty',
  columns: {
    t: text().nullable(),
    i: integer().nullable(),
    b: bigint().nullable(),
    f: float().nullable(),
    n: numeric().nullable(),
    o: boolean().nullable(),
    d: date().nullable(),
    at: timestamptz(),
    u: uuid().nullable(),
    j: json().nullable(),
    // Several columns read one field.
    also: text().nullable().from('t'),
    i_again: integer().nullable().from('i'),
    i_text: text()
      .nullable()
      .from('i')
      .parse('as-is@1', (value) => value),
    j_parsed: json()
      .nullable()
      .from('j')
      .parse('b-for-a@1', (value) => value && value.replace('"a"', '"b"')),
    odd: text()
      .nullable()
      .from('d')
      .parse('odd@1', (value) => (value === '2024-02-30' ? (undefined as unknown as string) : value)),
  },
  key: everyColumn(),
  eventTime: 'at',
  checks: [
    between('i', -1_000, 1_000).deadLetter(),
    notNull('t', 'also').deadLetter(),
    between('i_again', -500, 500).deadLetter(),
    acceptedValues('o', [true]).deadLetter(),
    acceptedValues('d', ['2024-02-29', '0001-01-01', '2024-05-01']).deadLetter(),
    acceptedValues('n', ['1.5', '0', '-1', '1000', '7', '1234567890', '0.10']).deadLetter(),
    acceptedValues('u', ['A0EEBC99-9c0b-4ef8-bb6d-6bb9bd380a11']).deadLetter(),
  ],
});
export const NAMES = Object.keys(nastyTable.columns);
/** The source's fields. */
const FIELDS = NAMES.filter((name) => !['also', 'i_again', 'i_text', 'j_parsed', 'odd'].includes(name));
export const LIST = NAMES.join(', ');

/** Stands for a byte that no UTF-8 has. */
const BAD = '\ue000';
/** The bytes of generated text. */
export const bytesOf = (text: string): Buffer =>
  Buffer.from(Buffer.from(text).toString('latin1').replaceAll('\xee\x80\x80', '\xff'), 'latin1');

const digits = fc.stringMatching(/^[+-]?\d{1,20}(\.\d{0,4})?([eE][+-]?\d{1,3})?$/);
const nasty = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      '0',
      '1',
      '-1',
      '12.0',
      '+7',
      ...'2147483647 2147483648 -2147483648 9007199254740993'.split(' '),
      ...'9223372036854775807 9223372036854775808 -9223372036854775808'.split(' '),
      '1e3',
      '1e400',
      '1e-400',
      '0.1',
      '-0',
      '-0.0',
      ...'1.50 15e-1 0.0 7.000'.split(' '),
      '.5',
      '5.',
      'NaN',
      'Infinity',
      ' 4 ',
      '00012',
      '123456789012345678901234567890.000100',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'true',
      'T',
      'f',
      'FALSE',
      'yes',
      '2024-02-29',
      '2023-02-29',
      '0001-01-01',
      '9999-12-31',
      '0000-01-01',
      '2024-13-01',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '2024-05-01T01:02:03Z',
      '2024-05-01 01:02:03',
      '2024-05-01T01:02',
      '2024-05-01T01:02:03.123456789+05:30',
      '1969-12-31T23:59:59.999999-08',
      '2024-05-01T24:00:00',
      '2024-05-01T23:59:60Z',
      '1500-01-01T00:00:00Z',
      '2500-01-01T00:00:00.5Z',
      '2024-05-01T01:02:03+0530',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
      'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
      'a0eebc999c0b4ef8bb6d6bb9bd380a11',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '{"a": [1, 2]}',
      '[]',
      '{"k":"\\u0000"}',
      '"\\ud800"',
      '{bad',
      '1e99999',
      'null',
      '{"x": 1.0}',
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '',
      'plain',
      'with,comma',
      'with"quote',
      'line\nbreak',
      'cr\r\nlf',
      'grüße',
      '日本',
      'nul\0byte',
      '😀',
      'lone\rcr',
      `bad${BAD}byte`,
      `${BAD}`,
      '2024-02-30',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      `1${' '.repeat(300)}2`,
      `${' '.repeat(300)}7${' '.repeat(300)}`,
      '9'.repeat(300),
      `${'9'.repeat(999)}x`,
      `${'9'.repeat(1_001)}.5`,
      `${'['.repeat(500)}${']'.repeat(500)}`,
      `${'['.repeat(501)}${']'.repeat(501)}`,
      `${'{"a":'.repeat(501)}1${'}'.repeat(501)}`,
      `[${'1,'.repeat(2_000)}2]`,
    ),
  },
  { weight: 2, arbitrary: digits },
  { weight: 1, arbitrary: fc.string({ maxLength: 8 }) },
);

const csvField = fc.oneof(
  { weight: 8, arbitrary: nasty.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)) },
  { weight: 2, arbitrary: nasty.map((value) => `"${value.replaceAll('"', '""')}"`) },
  { weight: 1, arbitrary: fc.constantFrom('"open', 'in"side', '"junk"x', '""') },
);
// The event time is mostly good, so that other columns get their turn.
const goodTime = fc.constantFrom('2024-05-01T01:02:03Z', '2024-05-02 01:02:03', '2024-05-01T23:00:00.25+02:00');
const csvRecord = fc
  .tuple(
    fc.array(csvField, { minLength: FIELDS.length, maxLength: FIELDS.length }),
    goodTime,
    fc.integer({ min: 0, max: 30 }),
  )
  .map(([fields, time, shape]) => {
    const record = [...fields];
    if (shape > 5) record[FIELDS.indexOf('at')] = time;
    if (shape > 15) for (const [i, name] of FIELDS.entries()) if (!['at', 'i', 't'].includes(name)) record[i] = '';
    if (shape === 0) record.pop();
    if (shape === 1) record.push('more');
    return record.join(',');
  });
/** CSV files with every mistake that a file can have. */
export const csvText = fc
  .tuple(
    fc.array(csvRecord, { maxLength: 12 }),
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.boolean(),
    fc.boolean(),
    fc.array(fc.constantFrom('\n', '\n\n', '\r\n', '\r', '\r\r\n'), { maxLength: 12 }),
  )
  .map(([records, end, mark, last, ends]) =>
    `${mark ? '\ufeff' : ''}${FIELDS.join(',')}${end}${records.map((record, i) => record + (ends[i] ?? end)).join('')}`.slice(
      0,
      last ? undefined : -1,
    ),
  );

const jsonValue = fc.oneof(
  { weight: 4, arbitrary: nasty.map((value) => JSON.stringify(value)) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      '0',
      '-1',
      '12.0',
      '9007199254740993',
      '9223372036854775808',
      '1e3',
      '1.5',
      'true',
      'false',
      'null',
      '{"a":[1,"}"]}',
      '[1]',
      '01',
      '"\\u00e9\\n"',
      '"\\u0000"',
      '"\\ud800"',
      '-',
      '"open',
      '""',
      '"\\ud83d\\ude00"',
      '"\\ud83d\\u0041"',
      '"\\udc00"',
      '"\\x"',
      '"\\u00zz"',
      '{"a":"\\ud800","a":1}',
      '{"a":1,}',
      '[1,]',
      '{"a" 1}',
      '{1:2}',
      '1.',
      '-0',
      '+1',
      'tru',
      '[}',
      '1e1001',
      `{"${BAD}":1}`,
      `"${BAD}\\n"`,
      `[${'['.repeat(499)}${']'.repeat(499)}]`,
      `[${'['.repeat(500)}${']'.repeat(500)}]`,
      `{${Array.from({ length: 1_000 }, (_, i) => `"k${i}":${i}`).join()}}`,
    ),
  },
);
const jsonRecord = fc
  .tuple(
    fc.array(jsonValue, { minLength: FIELDS.length, maxLength: FIELDS.length }),
    goodTime,
    fc.integer({ min: 0, max: 30 }),
    fc.constantFrom('', ' ', '  ', '\t\r'),
    fc.constantFrom('"unknown"', '"\\u0000nul"', '"\\ud800"', `"${BAD}"`, `"${'long'.repeat(400)}"`),
  )
  .map(([values, time, shape, space, unknown]) => {
    const members = FIELDS.map(
      (name, i) => `"${name}"${space}:${space}${shape > 5 && name === 'at' ? JSON.stringify(time) : values[i]}`,
    );
    const some = shape > 15 ? members.filter((member) => /^"(at|i|t)"/.test(member)) : members;
    if (shape === 0) return 'not json';
    if (shape === 1) some.push(`${unknown}: 1`);
    if (shape === 2) some.push(`"i": 5`);
    if (shape === 3) some.reverse();
    if (shape === 4) return '[1]';
    if (shape === 5) some.push('"zz": 1', '"2": [[[]]]', '"__proto__": {}');
    return `{${some.join(`,${space}`)}}`;
  });
/** NDJSON files likewise. */
export const jsonText = fc
  .tuple(fc.array(jsonRecord, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\n \n'))
  .map(([records, end]) => records.join(end));
