import { between, notNull } from '../../checks';
import { bigint, cleaned, everyRecord, integer, json, text } from '../../model';
import type { Cleaned } from '../../model';
import type { Format } from '../../model/definition/source';

/** A table that tries them all. */
export const documentsOf = (name: string): Cleaned =>
  cleaned({
    name,
    columns: {
      id: bigint(),
      n: integer().nullable(),
      name: text().nullable(),
      doc: json().nullable(),
      // A second column of one field.
      name_again: text().nullable().from('name'),
    },
    key: everyRecord(),
    extraFields: 'ignore',
    checks: [between('n', -10, 10).deadLetter(), notNull('name').deadLetter()],
  });
export const documents = documentsOf('documents');

export const ROW = 'row';
const many = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join(',');
const nest = (depth: number, open: string, close: string, heart = ''): string =>
  open.repeat(depth) + heart + close.repeat(depth);

/** JSON values, each with what it becomes in a column of JSON; `invalid` where the record is no JSON at all. */
const VALUES: readonly (readonly [value: string, inJson: string])[] = [
  ...['null', 'true', 'false', '0', '-0', '1.5e10', '""', '"a"', '[]', '{}', '[null]', '{"":""}'].map(
    (value) => [value, ROW] as const,
  ),
  ...['"\\ud83d\\ude00"', '"\\\\u0000"', '"\\/"', '{"a":1,"a":2}', '{"a":{"a":{"a":[]}}}', '[[],[[]],[[[]]]]'].map(
    (value) => [value, ROW] as const,
  ),
  ...['1e1000', '1e-1000', '9'.repeat(1_000), `"${'x'.repeat(100_000)}"`, `"${'\\n'.repeat(50_000)}"`].map(
    (value) => [value, ROW] as const,
  ),
  [`[${many(130_000, () => '1')}]`, ROW],
  [`[${many(200_000, (i) => `${i}.5`)}]`, ROW],
  [`{${many(130_000, (i) => `"k${i}":${i}`)}}`, ROW],
  [`[${many(50_000, () => '{}')}]`, ROW],
  ...['[]', '{}', '1', '"x"'].map((heart) => [nest(499, '[', ']', heart), ROW] as const),
  [nest(500, '[', ']'), ROW],
  [nest(500, '{"a":', '}', '1'), ROW],
  ...[501, 4_000, 100_000].flatMap((depth) => [
    [nest(depth, '[', ']'), 'JSON deeper than 500'] as const,
    [nest(depth, '{"a":', '}', '1'), 'JSON deeper than 500'] as const,
    [nest(depth, '[{"a":', '}]', '""'), 'JSON deeper than 500'] as const,
  ]),
  ...['"\\u0000"', '{"\\u0000":1}', '["a\\u0000b"]', `{"a":"\\u0000","a":1}`].map(
    (value) => [value, 'NUL in JSON'] as const,
  ),
  ...[
    '"\\ud800"',
    '"\\udc00"',
    '["\\ud800\\u0041"]',
    '{"\\udfff":1}',
    '{"a":"\\ud800","a":1}',
    '"\\ud800\\ud800\\udc00"',
  ].map((value) => [value, 'lone surrogate in JSON'] as const),
  ...['1e1001', '1e-1001', '9'.repeat(1_001), `0.${'1'.repeat(1_000)}`, '[1e99999999999999999999]'].map(
    (value) => [value, 'number out of range in JSON'] as const,
  ),
];

/** What no JSON value is. */
const BROKEN = [
  ...[
    '',
    'nul',
    'nulll',
    'True',
    'NaN',
    'Infinity',
    'undefined',
    "'a'",
    '01',
    '1.',
    '.5',
    '+1',
    '--1',
    '1e',
    '1e+',
    '0x1',
    '1_0',
    '-',
  ],
  ...['"', '"a', '"\\"', '"\\x"', '"\\u00g0"', '"\\u12"', '"a\tb"', '"a\0b"', '"a"b', '"\\u 000"'],
  ...['[', ']', '[1', '[1,', '[1,]', '[,1]', '[1 2]', '[1,,2]', '[}', '[1}', '[[]', '[]]'],
  ...[
    '{',
    '}',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{"a" 1}',
    '{a:1}',
    '{1:1}',
    '{"a":}',
    '{"a"::1}',
    '{"a":1]',
    '{}}',
  ],
  ...[
    '/* c */ 1',
    '1 // c',
    '\ufeff1',
    '\u00a01',
    '1;',
    '<a/>',
    nest(5_000, '[', ''),
    nest(5_000, '{"a":', ''),
    nest(5_000, '[', '}'),
  ],
];

export interface Document {
  readonly format: Format;
  readonly name: string;
  /** One record; the header of a CSV file stands before it. */
  readonly record: string | Buffer;
  /** `row`, or the reason why there is none. */
  readonly becomes: string;
}

const short = (value: string): string => `${JSON.stringify(value.slice(0, 24))} (${value.length})`;
const ndjson = (name: string, record: string | Buffer, becomes: string): Document => ({
  format: 'ndjson',
  name,
  record,
  becomes,
});
const csv = (name: string, record: string | Buffer, becomes: string): Document => ({
  format: 'csv',
  name,
  record,
  becomes,
});
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
const isNested = (value: string): boolean => /^[[{]/.test(value);
const badByte = (text: string): Buffer => Buffer.from(text.replace('?', '\xff'), 'latin1');

const generated: Document[] = [
  ...VALUES.flatMap(([value, becomes]) => [
    ndjson(`doc ${short(value)}`, `{"id":1,"name":"a","doc":${value}}`, becomes),
    ndjson(`unread ${short(value)}`, `{"id":1,"name":"a","more":${value}}`, ROW),
    ndjson(`spaced ${short(value)}`, ` { "id" : 1 , "name" : "a" , "doc" : ${value} } `, becomes),
    ...(isNested(value)
      ? [ndjson(`text ${short(value)}`, `{"id":1,"name":${value}}`, 'not text: an object or array')]
      : []),
    csv(`doc ${short(value)}`, `1,,a,${quoted(value)}`, becomes),
  ]),
  ...BROKEN.flatMap((value) => [
    ndjson(`doc ${short(value)}`, `{"id":1,"name":"a","doc":${value}}`, 'not JSON'),
    ndjson(`unread ${short(value)}`, `{"id":1,"name":"a","more":${value}}`, 'not JSON'),
    csv(`doc ${short(value)}`, `1,,a,${quoted(value)}`, value === '' ? ROW : 'not JSON'),
  ]),
];

const gathered: Document[] = [
  ndjson('an array of records', '[{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bo"}]', 'not a JSON object'),
  ndjson('a line of a pretty document', '  {', 'not JSON'),
  ndjson('a number', '5', 'not a JSON object'),
  ndjson('a wide array', `[${many(130_000, () => '1')}]`, 'not a JSON object'),
  ndjson('a deep array', nest(100_000, '[', ']'), 'not a JSON object'),
  ndjson('two objects', '{"id":1}{"id":2}', 'not JSON'),
  ndjson('an object and a comma', '{"id":1,"name":"a"},', 'not JSON'),
  ndjson('CSV', '1,2,a,', 'not JSON'),
  ndjson('no id', '{"name":"a"}', 'null in a column that is not nullable'),
  ndjson('empty text in a number', '{"id":1,"n":"","name":"a"}', ROW),
  ndjson('empty text in a number that must be', '{"id":"","name":"a"}', 'null in a column that is not nullable'),
  ndjson('empty text in text', '{"id":1,"name":""}', ROW),
  ndjson('both columns of one field, in another order', '{"name":"a","doc":1,"n":2,"id":1}', ROW),
  ndjson('a bad byte', badByte('{"id":1,"name":"?"}'), 'invalid UTF-8'),
  ndjson('a bad byte beside an escape', badByte('{"id":1,"name":"?\\n"}'), 'invalid UTF-8'),
  ndjson('a bad byte in JSON', badByte('{"id":1,"name":"a","doc":["?"]}'), 'invalid UTF-8'),
  ndjson('a bad byte nobody reads', badByte('{"id":1,"name":"a","more":"?"}'), ROW),
  ndjson('NUL in text', '{"id":1,"name":"\\u0000"}', 'NUL in text'),
  ndjson('a rule', '{"id":1,"n":11,"name":"a"}', 'between(n, -10, 10)'),
  ndjson('two rules', '{"id":1,"n":11}', 'between(n, -10, 10); not_null(name)'),
  csv('two rules', '1,11,,', 'between(n, -10, 10); not_null(name)'),
  csv('too few', '1', '1 fields instead of 4'),
  csv('too many', ','.repeat(1_000_000), '1000001 fields instead of 4'),
  csv('a quote within', '1,,a"b,', 'malformed quoting'),
  csv('junk behind a quote', '1,,"a"b,', 'malformed quoting'),
  csv('a quote that never closes', `1,,"a,`, 'malformed quoting'),
  csv(
    'a quote that never closes, for long',
    `1,,"${'a'.repeat(2_000_000)}`,
    'malformed quoting (a record of 2000004 bytes, the first 1048576 are kept)',
  ),
  csv('a bad byte', badByte('1,,?,'), 'invalid UTF-8'),
  csv('NUL', '1,,a\0,', 'NUL in text'),
  csv('a million spaces', `1${' '.repeat(1_000_000)}2,,a,`, 'not a bigint'),
  csv('a million spaces around', `${' '.repeat(500_000)}1${' '.repeat(500_000)},,a,`, ROW),
  csv('a million digits', `${'9'.repeat(1_000_000)},,a,`, 'not a bigint'),
  csv('a long text, twice', `1,,${'x'.repeat(900_000)},`, ROW),
];
/** Records as people and machines send them, each with what becomes of it. */
export const badDocuments: readonly Document[] = [...gathered, ...generated];
