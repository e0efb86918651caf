import fc from 'fast-check';
import { Framer } from '../../cleaning/framing/framer';
import type { Framing } from '../../cleaning/framing/framing';
import { framingOf } from '../../cleaning/framing/framing';
import { cutSegments } from '../../cleaning/framing/segments';
import { cleaned, everyRecord, text } from '../../model';
import type { Format } from '../../model/definition/source';
import { chunked, cleanFile, referFile } from './cleanFile';

/** Generated documents; `npm run test:long` asks for 5,000. */
const DOCUMENTS = Number(process.env['WEIR_TEST_DOCUMENTS'] ?? 1_000);

const pairs = cleaned({
  name: 'pairs',
  columns: { id: text().nullable(), name: text().nullable() },
  key: everyRecord(),
});

/** The records of `bytes` by a walk of one byte after the other, from each record's start: plain, and quadratic where quotes are lost. */
function plainly(bytes: Buffer, framing: Framing): string[] {
  const at = (i: number): string => String.fromCharCode(bytes[i]!);
  const isEnd = (i: number): boolean => at(i) === '\n' || (framing.bareCr && at(i) === '\r');
  const found: string[] = [];
  for (let start = 0; start < bytes.length;) {
    let first = start;
    while (first < bytes.length && !isEnd(first)) first++;
    let end = -1;
    let place: 'fieldStart' | 'bare' | 'quoted' = 'fieldStart';
    const limit = Math.min(bytes.length, start + framing.maxQuotedBytes);
    for (let i = start; i < limit && end === -1; i++) {
      if (place === 'quoted') {
        if (at(i) !== '"') continue;
        if (at(i + 1) === '"') i++;
        else place = 'bare';
      } else if (place === 'fieldStart' && at(i) === '"') place = 'quoted';
      else if (at(i) === ',') place = 'fieldStart';
      else if (isEnd(i)) end = i;
      else place = 'bare';
    }
    if (!bytes.subarray(start, first).includes('"')) end = first;
    else if (end === -1) end = place !== 'quoted' && limit === bytes.length ? limit : first;
    const record = bytes.toString('latin1', start, end).replace(/\r$/, '');
    if (record !== '') found.push(record);
    start = end + 1;
  }
  return found;
}

function framed(bytes: Buffer, framing: Framing): string[] {
  const framer = new Framer(bytes, framing, true);
  const into = { start: 0, end: 0, next: 0 };
  const found: string[] = [];
  while (framer.find(into.next, into)) found.push(bytes.toString('latin1', into.start, into.end));
  return found;
}

async function segmentsOf(
  format: Format,
  bytes: Buffer,
  segmentBytes?: number,
): Promise<[records: number, bytes: number][]> {
  const found: [number, number][] = [];
  for await (const piece of cutSegments(format, chunked(bytes, 1 << 20), segmentBytes ? { segmentBytes } : {}))
    if (piece.kind === 'segment') found.push([piece.records, piece.bytes.length]);
  return found;
}

describe('framing', () => {
  test.each([false, true])(
    'finds the records of a plain walk, however quotes are lost (CR ends records: %s)',
    (bareCr) => {
      const piece = fc.constantFrom('"', '""', ',', '\n', '\n', '\r', 'x', 'x"y,"z\n', '"""x,"y\n', '"a', '\r\n');
      fc.assert(
        fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (pieces, maxQuotedBytes) => {
          const bytes = Buffer.from(pieces.join(''));
          const framing = { ...framingOf('csv', Buffer.alloc(0), { maxQuotedBytes }), bareCr };
          expect(framed(bytes, framing)).toEqual(plainly(bytes, framing));
        }),
        { numRuns: DOCUMENTS },
      );
    },
  );

  test.each([
    ['LF', 'id,name\n1,a\rb\n2,c\n', ['1,a\rb', '2,c']],
    ['CRLF', 'id,name\r\n1,a\rb\r\n2,c\r\n', ['1,a\rb', '2,c']],
    ['CR', 'id,name\r1,a\r2,"c\rd"\r3,e', ['1,a', '2,"c\rd"', '3,e']],
    ['CR, and others behind it', 'id,name\r1,a\n2,b\r\n3,c', ['1,a', '2,b', '3,c']],
    ['CR CR LF', 'id,name\r\r\n1,a\r\r\n', ['1,a']],
  ])('the line end of the header decides: %s', async (_, content, records) => {
    const file = await cleanFile(pairs, 'csv', Buffer.from(content), { chunkBytes: 1 });
    expect(file.fields).toEqual(['id', 'name']);
    expect(file.segments.flatMap((bytes) => framed(bytes, file.framing))).toEqual(records);
    expect(file.letters).toEqual([]);
  });

  test('a record longer than the bound is set aside, lies in raw to its last byte, and the next one is a row', async () => {
    const long = `${'x'.repeat(5_000)},y`;
    const bytes = Buffer.from(`id,name\n1,a\n${long}\n2,b\n${long}`);
    for (const segmentBytes of [64, 1_000, 100_000]) {
      const file = await cleanFile(pairs, 'csv', bytes, {
        chunkBytes: 100,
        segmentBytes,
        maxRecordBytes: 900,
        maxQuotedBytes: 500,
      });
      expect(file.letters.map(({ record, column, reason }) => ({ record, column, reason }))).toEqual(
        [1, 3].map((record) => ({
          record,
          column: null,
          reason: expect.stringMatching(/^a record longer than 900 bytes/) as string,
        })),
      );
      expect((await referFile(pairs, 'csv', file)).map((one) => ('reason' in one ? one.reason : one.values))).toEqual([
        ['1', 'a'],
        file.letters[0]!.reason,
        ['2', 'b'],
        file.letters[1]!.reason,
      ]);
    }
  });

  test('a dead letter of a long record keeps its first megabyte, and says so', async () => {
    const file = await cleanFile(pairs, 'csv', Buffer.from(`id,name\n${'x'.repeat(3_000_000)}\n1,a\n`));
    expect(file.letters).toMatchObject([
      { record: 0, reason: '1 fields instead of 2 (a record of 3000000 bytes, the first 1048576 are kept)' },
    ]);
    expect(file.letters[0]!.bytes).toHaveLength(1_048_576);
    expect(await referFile(pairs, 'csv', file)).toMatchObject([
      { reason: file.letters[0]!.reason },
      { values: ['1', 'a'] },
    ]);
  });

  // What is quadratic takes hours for these; nothing here looks at a clock.
  test.each<[string, () => string, number]>([
    ['CR only', () => `id,name\r${'1,abcdefgh\r'.repeat(500_000)}`, 500_000],
    ['CR only, LF in quotes', () => `id,name\r${'1,"a\nb"\r'.repeat(500_000)}`, 500_000],
    ['a quote lost in every line', () => `id,name\n${'x"y,"z\n'.repeat(700_000)}`, 700_000],
    ['a quote opened in every line', () => `id,name\n${'"""x,"y\n'.repeat(700_000)}`, 700_000],
    ['one quote lost', () => `id,name\n"${'1,a\n'.repeat(1_000_000)}`, 1_000_000],
    ['blank lines', () => `id,name\n${'\n'.repeat(9_000_000)}1,a\n`, 1],
    ['blank lines of CR and LF', () => `id,name\r\n${'\r\n'.repeat(4_500_000)}1,a\n`, 1],
    ['a line of commas', () => `id,name\n${','.repeat(9_000_000)}\n1,a\n`, 2],
    ['a line of quotes', () => `id,name\n${'"'.repeat(9_000_001)}\n1,a\n`, 2],
  ])('is linear: %s', async (_, content, records) => {
    const file = await cleanFile(pairs, 'csv', Buffer.from(content()));
    expect(file.records).toBe(records);
    // Whatever came of the records, nobody waited for megabytes of them.
    expect(file.turns).toBeGreaterThanOrEqual(Math.floor(records / 50_000));
  });

  // Counted in turns, not in time: whoever feeds may do something else between any two looks at the bytes.
  test.each<[string, Format, string, number]>([
    ['a row', 'csv', `id,name\n${'x'.repeat(12e5)},${'y'.repeat(12e5)}\n`, 5],
    ['a row of JSON', 'ndjson', `{"id":"${'x'.repeat(12e5)}","name":"${'\\n'.repeat(12e5)}"}\n`, 5],
    ['a dead letter of JSON', 'ndjson', `{"id":"${'x'.repeat(3e6)}","name":[${'1,'.repeat(1e6)}1]}\n`, 5],
    ['no JSON', 'ndjson', `{"id":"${'x'.repeat(3e6)}"\n`, 3],
  ])('a long record takes a turn for each look at it: %s', async (_, format, content, turns) => {
    const file = await cleanFile(pairs, format, Buffer.from(content));
    expect([file.records, file.turns]).toEqual([1, turns]);
  });

  test('is linear in the columns of a header, and what it says is short', async () => {
    const header = Array.from({ length: 100_000 }, (_, i) => `c${i}`).join(',');
    const wide = cleanFile(pairs, 'csv', Buffer.from(`${header}\n1,2\n`));
    await expect(wide).rejects.toMatchObject({ name: 'ContractBroken' });
    const { message } = (await wide.catch((error: unknown) => error)) as Error;
    expect(message).toMatch(/"id" is missing.*"name" is missing/);
    expect(message.length).toBeLessThan(1_000);
  });

  test.each([
    ['a header that never ends', `${'x'.repeat(3_000_000)}`, /no header line ends in the first 1048576 bytes/],
    ['a header with NUL', 'i\0d,name\n1,2\n', /the header holds NUL bytes/],
    ['a long name twice', `${'x'.repeat(9_000)},${'x'.repeat(9_000)}\n`, /^the header names "x{77}\.\.\." twice$/],
  ])('refuses %s, shortly', async (_, content, message) => {
    const refused = cleanFile(pairs, 'csv', Buffer.from(content));
    await expect(refused).rejects.toMatchObject({
      name: 'ContractBroken',
      message: expect.stringMatching(message) as string,
    });
  });

  test('segments hold bounded records, so that what is set aside of one is bounded', async () => {
    expect(await segmentsOf('ndjson', Buffer.from('x\n'.repeat(600_000)))).toEqual([
      [262_144, 524_288],
      [262_144, 524_288],
      [75_712, 151_424],
    ]);
  });

  test('megabytes of blank lines are segments of no records', async () => {
    expect(await segmentsOf('ndjson', Buffer.from(`\n`.repeat(3_000) + '{}\n'), 1_000)).toEqual([
      [0, 1_000],
      [0, 1_000],
      [0, 1_000],
      [1, 3],
    ]);
  });
});
