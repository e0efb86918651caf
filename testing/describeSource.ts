import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Listed, Offer } from '../model/definition/source';
import { isListed } from '../model/definition/source';
import { DefinitionInvalid, SourceMissing, SourceUnreadable } from '../model/run/errors';
import { WHOLE } from '../model/time/window';

interface Subject {
  /** The source of files at `path`. */
  readonly make: (path: string) => Listed;
  /** A good file, and the bytes it must deliver. */
  readonly file: Buffer;
  readonly delivers: Buffer;
  /** A good file that delivers several MiB. */
  readonly big: () => Promise<Buffer>;
  /** A good file that delivers more than one chunk; the big one where unset. */
  readonly inChunks?: Buffer;
  /** Files whose bytes cannot be read, by what is wrong with them. */
  readonly broken?: Readonly<Record<string, Buffer>>;
}

const MIB = 1 << 20;
const DAYS = { start: '2001-01-05T00:00:00Z', end: '2001-01-07T00:00:00Z' };

/** What every source of files must keep to; a new kind's test calls this with a good file and some bad ones. */
export function describeSource(kind: string, subject: Subject): void {
  describe(`${kind}, as a source`, () => {
    const { make, file, delivers } = subject;
    let folder = '';
    let path = '';

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'weir-source-'));
      path = join(folder, 'sales.data');
      await writeFile(path, file);
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    test('says what it is', () => {
      expect(make(path)).toMatchObject({ kind, shared: true, describe: expect.stringContaining(path) });
      expect(isListed(make(path))).toBe(true);
    });

    test('offers one file alike at each call, and under the path as written', async () => {
      const written = relative(process.cwd(), path);
      const [once, again] = [await make(written).list(DAYS), await make(written).list(WHOLE)];
      expect(once).toEqual([{ origin: written, version: expect.any(String), bytesHint: expect.any(Number) }]);
      expect(again).toEqual(once);
    });

    test('gives a file that may have changed another version', async () => {
      const [before] = await make(path).list(WHOLE);
      await utimes(path, new Date(0), new Date(0));
      const [after] = await make(path).list(WHOLE);
      expect(after!.version).not.toBe(before!.version);
    });

    test('delivers the same bytes at each reading', async () => {
      const source = make(path);
      const offer = await onlyOffer(source);
      expect((await bytesOf(source, offer)).toString()).toBe(delivers.toString());
      expect((await bytesOf(source, offer)).equals(delivers)).toBe(true);
    });

    test('delivers a large file in chunks of at most 2 MiB', async () => {
      await writeFile(path, await subject.big());
      const source = make(path);
      const sizes: number[] = [];
      for await (const chunk of source.read(await onlyOffer(source))) sizes.push(chunk.length);
      expect(sizes.length).toBeGreaterThan(2);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(2 * MIB);
    });

    test('has one file a day with {date}, one an hour with {hour}, none skipped', async () => {
      await mkdir(join(folder, '2001-01-05'));
      for (const name of ['day-2001-01-05', 'day-2001-01-06', '2001-01-05/22', '2001-01-05/23'])
        await writeFile(join(folder, name), file);
      const daily = make(`${folder}/day-{date}`);
      expect(daily.shared).toBe(false);
      expect(await origins(daily, DAYS)).toEqual(['day-2001-01-05', 'day-2001-01-06']);
      const hours = { start: '2001-01-05T22:00:00Z', end: '2001-01-06T00:00:00Z' };
      expect(await origins(make(`${folder}/{date}/{hour}`), hours)).toEqual(['2001-01-05/22', '2001-01-05/23']);
      await rm(join(folder, 'day-2001-01-06'));
      await expect(daily.list(DAYS)).rejects.toThrow(
        /day-2001-01-06 is not there; the newest there is ".*day-2001-01-05"/,
      );
    });

    test('has the same of one origin as of them all, and nothing of an origin that it does not name', async () => {
      const source = make(path);
      expect(await source.one(path)).toEqual(await onlyOffer(source));
      expect(await source.one(`${path}.other`)).toBeNull();
      await writeFile(join(folder, 'day-2001-01-05'), file);
      const daily = make(`${folder}/day-{date}`);
      const [offer] = await daily.list({ ...DAYS, end: '2001-01-06T00:00:00Z' });
      expect(await daily.one(offer!.origin)).toEqual(offer);
      expect(await daily.one(`${folder}/day-{date}`)).toBeNull();
      expect(await daily.one(`${folder}/day-yesterday`)).toBeNull();
    });

    test('one that it names and that is gone is SourceMissing; one that changed has another version', async () => {
      const source = make(path);
      const before = await onlyOffer(source);
      await utimes(path, new Date(0), new Date(0));
      expect((await source.one(path))!.version).not.toBe(before.version);
      await rm(path);
      await expect(source.one(path)).rejects.toThrow(SourceMissing);
    });

    test('refuses placeholders that cannot work', async () => {
      expect(() => make('a/{week}.data')).toThrow(/unknown placeholder \{week\} \(\{date\}, \{year\}/);
      expect(() => make('a/{month}.data')).toThrow(/without \{year\}/);
      expect(() => make('a/{hour}.data')).toThrow(DefinitionInvalid);
      await expect(make('a/{date}.data').list(WHOLE)).rejects.toThrow(DefinitionInvalid);
    });

    test('a file that is not there is SourceMissing, and the near miss is named', async () => {
      const offers = make(join(folder, 'slaes.data')).list(WHOLE);
      await expect(offers).rejects.toThrow(SourceMissing);
      await expect(offers).rejects.toMatchObject({
        message: expect.stringContaining('did you mean "sales.data"?'),
        next: expect.stringContaining(folder),
        stillTrue: expect.stringContaining('nothing of it was landed'),
        retryable: false,
      });
      await expect(make(join(path, 'under-a-file')).list(WHOLE)).rejects.toThrow(SourceMissing);
    });

    test('a file gone between offer and reading is SourceMissing', async () => {
      const source = make(path);
      const offer = await onlyOffer(source);
      await rm(path);
      await expect(bytesOf(source, offer)).rejects.toThrow(SourceMissing);
    });

    test('a folder is SourceUnreadable', async () => {
      await expect(make(folder).list(WHOLE)).rejects.toThrow(SourceUnreadable);
    });

    test('a file that changed since the offer is SourceUnreadable', async () => {
      const source = make(path);
      const offer = await onlyOffer(source);
      await appendFile(path, 'more');
      await expect(bytesOf(source, offer)).rejects.toThrow(SourceUnreadable);
    });

    test.each<[string, (path: string) => Promise<void>]>([
      ['appended to', (at) => appendFile(at, 'more\n')],
      ['cut short', (at) => truncate(at, 10)],
      ['replaced', (at) => writeFile(`${at}.new`, 'other').then(() => rename(`${at}.new`, at))],
    ])('a file that is %s while being read is SourceUnreadable', async (_, change) => {
      await writeFile(path, subject.inChunks ?? (await subject.big()));
      const source = make(path);
      const chunks = source.read(await onlyOffer(source))[Symbol.asyncIterator]();
      expect((await chunks.next()).done).toBe(false);
      await change(path);
      const rest = async (): Promise<void> => {
        while (!(await chunks.next()).done);
      };
      await expect(rest()).rejects.toMatchObject({
        name: 'SourceUnreadable',
        next: expect.any(String),
        stillTrue: expect.stringContaining('nothing of it was landed'),
      });
    });

    test('a reader that stops early leaves no file open', async () => {
      await writeFile(path, await subject.big());
      const source = make(path);
      for await (const chunk of source.read(await onlyOffer(source))) if (chunk.length > 0) break;
      expect(await openFiles()).not.toContain(path);
    });

    // Root may read everything.
    const asUser = process.getuid?.() === 0 ? test.skip : test;
    asUser('a file that may not be read is SourceUnreadable', async () => {
      const source = make(path);
      const offer = await onlyOffer(source);
      await chmod(path, 0);
      await expect(bytesOf(source, offer)).rejects.toMatchObject({
        name: 'SourceUnreadable',
        message: expect.stringContaining('EACCES'),
        next: expect.stringContaining(path),
      });
    });

    const broken = Object.entries(subject.broken ?? {});
    if (broken.length > 0)
      test.each(broken)('%s is SourceUnreadable, and says what to do', async (_, bytes) => {
        await writeFile(path, bytes);
        const source = make(path);
        await expect(bytesOf(source, await onlyOffer(source))).rejects.toMatchObject({
          name: 'SourceUnreadable',
          message: expect.stringContaining(`${path} cannot be read: `),
          next: expect.any(String),
          stillTrue: expect.stringContaining('nothing of it was landed'),
          retryable: false,
        });
      });

    async function origins(source: Listed, range: { start: string; end: string }): Promise<string[]> {
      return (await source.list(range)).map((offer) => relative(folder, offer.origin));
    }
  });
}

/** The one offer of a literal path. */
export async function onlyOffer(source: Listed): Promise<Offer> {
  const offers = await source.list(WHOLE);
  expect(offers).toHaveLength(1);
  return offers[0]!;
}

/** All bytes of `offer`. */
export async function bytesOf(source: Listed, offer: Offer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source.read(offer)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What this process holds open; nothing can be said where there is no /proc. */
async function openFiles(): Promise<string[]> {
  if (!existsSync('/proc/self/fd')) return [];
  const numbers = await readdir('/proc/self/fd');
  return Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')));
}
