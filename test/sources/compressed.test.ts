import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { WHOLE } from '../../model/time/window';
import { csvFiles, ndjsonFiles } from '../../sources';
import { decompressed, BOUNDS } from '../../sources/compression/decompress';
import { bytesOf, onlyOffer } from '../../testing/describeSource';
import { bombOf, zstdOf } from './zstdOf';

const SEED = { seed: 15, numRuns: 40 };
const MIB = 1 << 20;

/** Text with runs, so that blocks of both kinds and matches occur. */
const texts = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constant('2024-05-01,north,7\n'.repeat(40)),
      fc.constant('a'.repeat(300_000)),
    ),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((parts) => Buffer.from(`id,name\n${parts.join('')}`));
const formats = fc.constantFrom('gz', 'zst');
const compress = (how: string, text: Buffer): Promise<Buffer> =>
  how === 'gz' ? Promise.resolve(gzipSync(text)) : zstdOf(text);

describe('a compressed file', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'weir-compressed-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const at = (name: string, bytes: Buffer): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const read = async (name: string, bytes: Buffer, decompress = {}): Promise<Buffer> => {
    const source = csvFiles({ path: at(name, bytes), decompress });
    return bytesOf(source, await onlyOffer(source));
  };

  test('is handed over as the text in it, whatever the chunks: one member or several, one frame or several', async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, formats, fc.integer({ min: 1, max: 70_000 }), async (one, other, how, size) => {
        const bytes = Buffer.concat([await compress(how, one), await compress(how, other)]);
        const chunks = decompressed(
          `x.${how}`,
          bytes.length,
          inChunks(bytes, Math.max(size, bytes.length >> 8)),
          BOUNDS,
        );
        const parts: Buffer[] = [];
        for await (const chunk of chunks) parts.push(chunk);
        expect(Buffer.concat(parts).equals(Buffer.concat([one, other]))).toBe(true);
      }),
      SEED,
    );
  });

  test('of the zstd tool: two frames of other levels, one without a checksum, and one to be skipped', async () => {
    const source = csvFiles({ path: 'test/sources/fixtures/tills.csv.zst' });
    const text = await bytesOf(source, await onlyOffer(source));
    expect([text.length, createHash('sha256').update(text).digest('hex')]).toEqual([LENGTH, DIGEST]);
  });

  test.each(['x.csv.GZ', 'x.csv.gz', 'x.GZip', 'x.gz'])('%s is gzip by its name', async (name) => {
    expect((await read(name, gzipSync('a\n1\n'))).toString()).toBe('a\n1\n');
  });
  test.each(['x.csv.ZST', 'x.zstd'])('%s is zstd by its name', async (name) => {
    expect((await read(name, await zstdOf(Buffer.from('a\n1\n')))).toString()).toBe('a\n1\n');
  });
  test('of NDJSON too', async () => {
    const source = ndjsonFiles({ path: at('x.ndjson.gz', gzipSync('{"a":1}\n')) });
    expect((await bytesOf(source, await onlyOffer(source))).toString()).toBe('{"a":1}\n');
  });

  test('cut anywhere cannot be read, and says so', async () => {
    await fc.assert(
      fc.asyncProperty(texts, formats, fc.double({ min: 0, max: 1, noNaN: true }), async (text, how, share) => {
        const bytes = await compress(how, text);
        const cut = bytes.subarray(0, Math.min(bytes.length - 1, Math.floor(share * bytes.length)));
        await expect(read(`x.${how}`, cut)).rejects.toMatchObject({ name: 'SourceUnreadable', retryable: false });
      }),
      SEED,
    );
  });

  test('with a bit that fell over is refused, or is the same text: never another', async () => {
    await fc.assert(
      fc.asyncProperty(texts, formats, fc.nat(), fc.nat(7), async (text, how, place, bit) => {
        const bytes = Buffer.from(await compress(how, text));
        bytes[place % bytes.length]! ^= 1 << bit;
        const outcome = await read(`x.${how}`, bytes).catch((error: unknown) => error);
        if (Buffer.isBuffer(outcome)) expect(outcome.equals(text)).toBe(true);
        else expect(outcome).toMatchObject({ name: 'SourceUnreadable' });
      }),
      SEED,
    );
  });

  const good = Buffer.from('a,b\n1,2\n');
  test.each<[string, string, () => Buffer | Promise<Buffer>, RegExp]>([
    ['garbage behind its end', 'x.gz', () => Buffer.concat([gzipSync(good), Buffer.from('more')]), /incorrect header/],
    [
      'NULs behind its end',
      'x.gz',
      () => Buffer.concat([gzipSync(good), Buffer.alloc(9)]),
      /9 bytes behind its end are no gzip/,
    ],
    ['plain text', 'x.gz', () => good, /its gzip is broken: incorrect header check/],
    ['plain text', 'x.zst', () => good, /its zstd is broken: no frame of zstd begins/],
    [
      'garbage behind its end',
      'x.zst',
      async () => Buffer.concat([await zstdOf(good), Buffer.from('more')]),
      /no frame of zstd begins/,
    ],
    [
      'a window of 2 GB',
      'x.zst',
      () => Buffer.from('28b52ffd04a8b435', 'hex'),
      /asks for a window of 2147483648 bytes.*--long/,
    ],
    ['nothing in it', 'x.gz', () => gzipSync(''), /it is empty \(0 bytes\)/],
    ['no bytes', 'x.zst', () => Buffer.alloc(0), /it is empty \(0 bytes\)/],
    ['a workbook in it', 'x.gz', () => gzipSync(Buffer.from('504b030414000600', 'hex')), /it is a zip archive/],
  ])('with %s (%s)', async (_, name, bytes, message) => {
    await expect(read(name, await bytes())).rejects.toMatchObject({
      name: 'SourceUnreadable',
      message: expect.stringMatching(message) as string,
      next: expect.any(String) as string,
    });
  });

  test.each([
    ['gz', () => gzipSync(Buffer.alloc(72 * MIB, 'a'))],
    ['zst', () => bombOf(576)],
  ])('a bomb (%s) is stopped, and the option is named', async (how, bomb) => {
    await expect(read(`x.${how}`, bomb())).rejects.toMatchObject({
      name: 'SourceUnreadable',
      message: expect.stringMatching(/becomes more than 200 times its \d+ bytes \(decompress\.maxRatio\)/) as string,
      next: expect.stringContaining('decompress: { maxRatio: 2000 }') as string,
    });
    await expect(read(`x.${how}`, bomb(), { maxBytes: 1_000 })).rejects.toThrow(
      /1000 bytes of text \(decompress\.maxBytes\)/,
    );
  });

  test.each([
    ['gz', () => gzipSync(Buffer.alloc(100 * MIB, 'a'))],
    ['zst', () => bombOf(800)],
  ])('of any size (%s) takes memory of a chunk', async (how, bytes) => {
    const source = csvFiles({ path: at(`x.${how}`, bytes()), decompress: { maxRatio: 1e6 } });
    const before = process.memoryUsage().rss;
    let most = 0;
    let size = 0;
    let largest = 0;
    for await (const chunk of source.read((await source.list(WHOLE))[0]!)) {
      size += chunk.length;
      largest = Math.max(largest, chunk.length);
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(size).toBe(100 * MIB);
    expect(largest).toBeLessThanOrEqual(2 * MIB);
    expect(most).toBeLessThan(64 * MIB);
  });
});

const LENGTH = 85895;
const DIGEST = '86c36564b5d5c593b96585ee72acd1b184d1b9964496d4126f30ec2f03a538d6';

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}
