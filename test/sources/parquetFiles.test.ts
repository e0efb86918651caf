import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceUnreadable } from '../../model/run/errors';
import { parquetFiles } from '../../sources';
import { bytesOf, describeSource, onlyOffer } from '../../testing/describeSource';

const fixture = (name: string): string => join(__dirname, 'fixtures', name);
const FLIGHTS = 'node_modules/vega-datasets/data/flights-3m.parquet';
const types = readFileSync(fixture('types.parquet'));
const expected = readFileSync(fixture('types.csv'));
const lastByteOff = Buffer.from(types);
lastByteOff[lastByteOff.length - 1] = 0;

describeSource('parquetFiles', {
  make: (path) => parquetFiles({ path }),
  file: types,
  delivers: expected,
  big: () => readFile(FLIGHTS),
  // Its header is a chunk.
  inChunks: types,
  broken: {
    'an empty file': Buffer.alloc(0),
    'a file of 7 bytes': Buffer.from('PAR1PAR'),
    'a file that is no Parquet': Buffer.from('a,b\n1,2\n'.repeat(10)),
    'a file cut in half': types.subarray(0, types.length / 2),
    'a file without its last byte': types.subarray(0, -1),
    'a wrong magic at its end': lastByteOff,
    'pages overwritten with zeros': Buffer.concat([Buffer.alloc(6_000), types.subarray(6_000)]),
    'a codec nobody has (LZO)': withCodec(types),
  },
});

describe('parquetFiles', () => {
  test.each(['types.parquet', 'typesV2.parquet'])(
    'renders %s, of all types, as Python does: nulls, nesting, every digit',
    async (name) => {
      const source = parquetFiles({ path: fixture(name) });
      const text = (await bytesOf(source, await onlyOffer(source))).toString();
      expect(text.split('\n')).toEqual(expected.toString().split('\n'));
    },
  );

  test('renders the old 96-bit timestamps to the nanosecond', async () => {
    const source = parquetFiles({ path: fixture('int96.parquet') });
    expect((await bytesOf(source, await onlyOffer(source))).toString().split('\n')).toEqual([
      'nanos',
      '1970-01-01T00:00:00.000000001Z',
      '2001-01-01T00:01:00.123456789Z',
      '1969-12-31T23:59:59.999999999Z',
      '1970-01-01T00:00:00.000001Z',
      '',
    ]);
  });

  test('tells null from empty text where a record has one field', async () => {
    const source = parquetFiles({ path: fixture('oneColumn.parquet') });
    expect((await bytesOf(source, await onlyOffer(source))).toString()).toBe('words\nplain\n""\n\n"a,""b""\r\nc"\n');
  });

  test('renders a list of 200,000 numbers', async () => {
    const source = parquetFiles({ path: fixture('wideList.parquet') });
    const list = `[${Array.from({ length: 200_000 }, () => '0.5').join()}]`;
    expect((await bytesOf(source, await onlyOffer(source))).toString() === `id,list\n1,"${list}"\n2,[1.5]\n`).toBe(
      true,
    );
  });

  test('refuses two columns of one name, and says that, not how to compress', async () => {
    const source = parquetFiles({ path: fixture('twice.parquet') });
    await expect(bytesOf(source, await onlyOffer(source))).rejects.toMatchObject({
      name: 'SourceUnreadable',
      message: expect.stringMatching(/cannot be read: it has two columns named "twice"$/) as string,
      next: 'rename one of them where the file is written',
    });
  });

  test('renders three million flights in the order of the file', async () => {
    const source = parquetFiles({ path: FLIGHTS, eventTime: 'date' });
    const offer = await onlyOffer(source);
    const bytes = await bytesOf(source, offer);
    expect(bytes.subarray(0, 76).toString()).toBe(
      'date,delay,distance,origin,destination\n2001-01-01T00:01:00Z,33,2176,LAS,PHL\n',
    );
    // Compared with pyarrow's reading, row by row, when it was written; these stand for it.
    expect(bytes.length).toBe(108_783_734);
    expect(offer.bytesHint! / bytes.length).toBeCloseTo(1, 1);
  });

  test('refuses a file without the event time, and names the near miss', async () => {
    const source = parquetFiles({ path: FLIGHTS, eventTime: 'dat' });
    await expect(bytesOf(source, await onlyOffer(source))).rejects.toMatchObject({
      name: 'SourceUnreadable',
      message: expect.stringContaining('(date, delay, distance, origin, destination)'),
      next: expect.stringContaining('did you mean "date"?'),
    });
  });

  test('refuses an event time that is no moment', async () => {
    const source = parquetFiles({ path: FLIGHTS, eventTime: 'origin' });
    await expect(bytesOf(source, await onlyOffer(source))).rejects.toThrow(SourceUnreadable);
  });
});

/** `file` with its first compressed column said to be LZO: thrift field 4 of its metadata, after the path `whole`. */
function withCodec(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  const footer = copy.length - 8 - copy.readUInt32LE(copy.length - 8);
  const path = copy.indexOf('\x05whole\x15', footer, 'latin1');
  // Compact protocol: 0x15 is "next field, i32"; LZO is 3, zigzag 6.
  copy[copy.indexOf('\x15', path, 'latin1') + 1] = 6;
  return copy;
}
