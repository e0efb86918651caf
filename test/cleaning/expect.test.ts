import fc from 'fast-check';
import { Client } from 'pg';
import { expect as rule } from '../../checks';
import { Cleaner } from '../../cleaning/cleaner';
import { framingOf } from '../../cleaning/framing/framing';
import { reference } from '../../cleaning/reference/reference';
import {
  cleaned,
  bigint,
  boolean,
  date,
  everyRecord,
  float,
  integer,
  numeric,
  text,
  timestamptz,
  uuid,
} from '../../model';
import type { Cleaned, Row } from '../../model';
import { PG_TYPES } from '../../model/definition/column';
import { quoteIdent, render } from '../../model/definition/sql';
import type { DateTerm, ExactTerm, Fields, FloatTerm, MomentTerm, TextTerm, Condition } from '../../model/rules/terms';
import { fieldsOf } from '../../model/rules/terms';

const columns = {
  i: integer().nullable(),
  b: bigint().nullable(),
  n: numeric().nullable(),
  f: float().nullable(),
  t: text().nullable(),
  s: text().nullable(),
  d: date().nullable(),
  at: timestamptz().nullable(),
  o: boolean().nullable(),
  u: uuid().nullable(),
};
type R = Row<typeof columns>;
const r: Fields<typeof columns, R> = fieldsOf(columns);

const NUMBERS = ['0', '1', '-1', '2147483647', '-2147483648', '7'] as const;
const BIGINTS = [
  ...NUMBERS,
  '9007199254740992',
  '9007199254740993',
  '9223372036854775807',
  '-9223372036854775808',
] as const;
const DECIMALS = [
  ...BIGINTS,
  '0.1',
  '0.10',
  '-0.30',
  '1.50',
  '123456789012345678901234567890.000100',
  '0.0000000000001',
  '1e20',
  '15e-1',
  '-0.0',
] as const;
const FLOATS = ['0', '-0', '0.1', '0.30000000000000004', '1e300', '-5e-324', '9007199254740993'];
const TEXTS = ['', 'a', 'ab', 'AB12', 'grüße', '日本', '😀', 'a\nb', ' x ', 'aaaa', '1.5', '\u00a0', '\u2028'];
const DAYS = ['2024-02-29', '2023-12-31', '0001-01-01', '9999-12-31', '1970-01-01'];
const MOMENTS = [
  '2024-03-31T01:00:00Z',
  '2024-03-31T01:00:00.000001Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999Z',
  '2024-03-31T03:00:00+02:00',
  '1969-12-31T23:59:59.5-08:00',
];
const UUIDS = [
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
  'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11',
  '00000000-0000-0000-0000-000000000000',
];

const maybe = (of: readonly string[]) => fc.option(fc.constantFrom(...of), { freq: 5 });
const record = fc.record({
  ...{ i: maybe(NUMBERS), b: maybe(BIGINTS), n: maybe(DECIMALS), f: maybe(FLOATS), t: maybe(TEXTS), s: maybe(TEXTS) },
  ...{ d: maybe(DAYS), at: maybe(MOMENTS), o: maybe(['true', 'false']), u: maybe(UUIDS) },
});

const exact: fc.Arbitrary<ExactTerm<R>> = fc.oneof(
  fc.constantFrom(r.i, r.b, r.n, r.t.length()),
  fc
    .tuple(
      fc.constantFrom(r.i, r.b, r.n),
      fc.constantFrom('plus', 'minus', 'times'),
      fc.oneof(fc.constantFrom(r.i, r.b, r.n, r.s.length()), fc.constantFrom(...DECIMALS, 5, 0.5, 10n ** 20n)),
    )
    .map(([left, by, right]) => left[by as 'plus'](right)),
);
const floats: fc.Arbitrary<FloatTerm<R>> = fc.constant(r.f);
const texts: fc.Arbitrary<TextTerm<R>> = fc.constantFrom(r.t, r.s);
const days: fc.Arbitrary<DateTerm<R>> = fc.oneof(
  fc.constant(r.d),
  fc.integer({ min: -400, max: 400 }).map((by) => r.d.plusDays(by)),
);
const moments: fc.Arbitrary<MomentTerm<R>> = fc.constantFrom(r.at, r.at.plus('24h'), r.at.minus('90m'));

const PATTERNS = [
  /^a+$/,
  /b/,
  /^[A-Z]{2}\d{1,2}$/,
  /^$/,
  /^.$/,
  /a|^x|y$/,
  /^(ab?)*$/,
  /^[^a-z]+$/,
  /\s/,
  /^\W*$/,
  /^(?:a|aa)+$/,
  /ü|[\u3040-\u9fff]/,
  /^.{2,3}$/,
  /😀/u,
  /\./,
];
const inOrder = <T extends { compared?: never }, V>(terms: fc.Arbitrary<T>, values: readonly V[]) =>
  fc
    .tuple(
      terms,
      fc.constantFrom('eq', 'ne', 'lt', 'lte', 'gt', 'gte'),
      fc.oneof(terms as fc.Arbitrary<T | V>, fc.constantFrom(...values)),
    )
    .map(([left, by, right]) => (left as unknown as Record<string, (other: unknown) => Condition<R>>)[by]!(right));
const { condition } = fc.letrec<{ condition: Condition<R> }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    inOrder(exact as never, [...DECIMALS, 1, 0.5, -3n]),
    inOrder(floats as never, FLOATS.map(Number)),
    inOrder(days as never, DAYS),
    inOrder(moments as never, [...MOMENTS, '2024-03-31', new Date(0)]),
    fc
      .tuple(texts, fc.constantFrom('eq', 'ne'), fc.oneof(texts, fc.constantFrom(...TEXTS)))
      .map(([a, by, b]) => a[by as 'eq'](b)),
    fc.tuple(texts, fc.constantFrom(...PATTERNS)).map(([term, pattern]) => term.matches(pattern)),
    fc.constantFrom(
      r.o.eq(true),
      r.o.ne(false),
      r.u.eq(UUIDS[0]!),
      r.u.in(UUIDS[1]!, UUIDS[2]!),
      r.t.in('a', 'ab'),
      r.i.between(0, 7),
    ),
    fc.constantFrom(r.i, r.t, r.at, r.o, r.n).map((term) => term.isNull()),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => a.and(b)),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => a.or(b)),
    tie('condition').map((one) => one.not()),
  ),
}));

type Cells = Readonly<Record<keyof typeof columns, string | null>>;
const bytesOf = (rows: readonly Cells[]): Buffer => Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));

/** Which rows the cleaner sets aside, and which the reference. */
function judged(table: Cleaned, bytes: Buffer, records: number): number[] {
  const framing = framingOf('ndjson', Buffer.alloc(0));
  const cleaner = new Cleaner({ table, format: 'ndjson', framing, fields: [], grain: 'whole', delivery: 1 });
  [...cleaner.feed({ bytes, firstRecord: 0, records })].map((chunk) => chunk.length);
  return cleaner.takeDeadLetters().map(({ record: at }) => at);
}
async function referred(table: Cleaned, bytes: Buffer): Promise<number[]> {
  const found: number[] = [];
  const framing = framingOf('ndjson', Buffer.alloc(0));
  async function* once(): AsyncGenerator<Buffer> {
    yield await Promise.resolve(bytes);
  }
  for await (const one of reference({ table, format: 'ndjson', framing, fields: [], bytes: once() }))
    if ('reason' in one) found.push(one.record);
  return found;
}

describe('a rule over several columns', () => {
  const client = new Client({ connectionString: process.env['WEIR_TEST_DATABASE_URL'], options: '-c timezone=UTC' });
  beforeAll(async () => {
    await client.connect();
    const list = Object.entries(columns).map(([name, { facts }]) => `${quoteIdent(name)} ${PG_TYPES[facts.type]}`);
    await client.query(`create temp table judged (_record integer, ${list.join(', ')})`);
  });
  afterAll(() => client.end());

  test('says the same in PostgreSQL, to the cleaner, and to the reference', async () => {
    const said = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 12 }),
        fc.array(condition, { minLength: 1, maxLength: 6 }),
        async (rows, conditions) => {
          const bytes = bytesOf(rows);
          await client.query('truncate judged');
          await client.query('insert into judged select * from jsonb_populate_recordset(null::judged, $1)', [
            JSON.stringify(rows.map((row, i) => ({ ...row, _record: i }))),
          ]);
          for (const one of conditions) {
            const check = rule('law', one.or(r.i.isNull().and(r.i.eq(1))));
            const table = cleaned({ name: 'judged', columns, key: everyRecord(), checks: [check.deadLetter()] });
            const { text: query, values } = render(check.breaks!, {
              table: () => '',
              covers: () => '',
              edge: () => '',
            });
            const { rows: breaking } = await client.query<{ at: number }>(
              `select _record as at from judged t where ${query} order by 1`,
              values,
            );
            const inSql = breaking.map(({ at }) => at);
            const shown = JSON.stringify(one.node);
            expect([shown, judged(table, bytes, rows.length)]).toEqual([shown, inSql]);
            expect([shown, await referred(table, bytes)]).toEqual([shown, inSql]);
            said.add(inSql.length === 0 ? 'none' : inSql.length === rows.length ? 'all' : 'some');
          }
        },
      ),
      { numRuns: 250 },
    );
    expect([...said].sort()).toEqual(['all', 'none', 'some']);
  });
});
