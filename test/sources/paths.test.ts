import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { SourceWaits } from '../../model/run/errors';
import { readPath } from '../../model/definition/paths/pathPattern';
import { parseRange, parseWindow, WHOLE } from '../../model/time/window';
import { csvFiles } from '../../sources';
import type { FileOptions } from '../../sources/paths/fileOptions';

const DAY = parseWindow('1d', '2024-05-01');
const OLD = new Date('2024-05-01T00:00:00Z');

describe('paths of files', () => {
  let folder: string;
  let home: string;
  beforeEach(() => {
    home = process.cwd();
    folder = mkdtempSync(join(tmpdir(), 'weir-paths-'));
    process.chdir(folder);
  });
  afterEach(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  });

  const given = (...names: string[]): void => {
    for (const name of names) {
      mkdirSync(dirname(name), { recursive: true });
      writeFileSync(name, 'a\n1\n');
      utimesSync(name, OLD, OLD);
    }
  };
  const offered = async (options: FileOptions, range = DAY): Promise<string[]> =>
    (await csvFiles(options).list(range)).map(({ origin }) => origin);

  test.each<[string, FileOptions['path'], string[], string[]]>([
    [
      '* within a name',
      'in/{date}/s_*.csv',
      ['in/2024-05-01/s_1.csv', 'in/2024-05-01/s_2.csv', 'in/2024-05-01/t.csv', 'in/2024-05-02/s_1.csv'],
      ['in/2024-05-01/s_1.csv', 'in/2024-05-01/s_2.csv'],
    ],
    [
      '* for a folder',
      'in/*/{date}.csv',
      ['in/a/2024-05-01.csv', 'in/b/2024-05-01.csv', 'in/b/c/2024-05-01.csv'],
      ['in/a/2024-05-01.csv', 'in/b/2024-05-01.csv'],
    ],
    [
      '** at any depth, none too',
      'in/**/x-{date}.csv',
      ['in/x-2024-05-01.csv', 'in/a/b/x-2024-05-01.csv', 'in/a/x-2024-05-02.csv'],
      ['in/a/b/x-2024-05-01.csv', 'in/x-2024-05-01.csv'],
    ],
    [
      'alternatives',
      'in/{date}.{csv,tsv}',
      ['in/2024-05-01.csv', 'in/2024-05-01.tsv', 'in/2024-05-01.txt'],
      ['in/2024-05-01.csv', 'in/2024-05-01.tsv'],
    ],
    [
      'an alternative of nothing',
      'in/{date}.csv{,.gz}',
      ['in/2024-05-01.csv.gz', 'in/2024-05-01.csvx'],
      ['in/2024-05-01.csv.gz'],
    ],
    [
      'a variable',
      'in/store={store}/{date}.csv',
      ['in/store=1/2024-05-01.csv', 'in/store=K ö/2024-05-01.csv', 'in/shop=1/2024-05-01.csv'],
      ['in/store=1/2024-05-01.csv', 'in/store=K ö/2024-05-01.csv'],
    ],
    [
      'a list; what two of them name is offered once',
      ['in/{date}*.csv', 'in/*-a.csv', 'late/{date}.csv'],
      ['in/2024-05-01-a.csv', 'in/2024-04-30-a.csv', 'late/2024-05-01.csv'],
      ['in/2024-05-01-a.csv', 'in/2024-04-30-a.csv', 'late/2024-05-01.csv'],
    ],
    [
      'every other character for itself',
      'in [1]/a?(b)!+@^$.|{date} ~#&.csv',
      ['in [1]/a?(b)!+@^$.|2024-05-01 ~#&.csv'],
      ['in [1]/a?(b)!+@^$.|2024-05-01 ~#&.csv'],
    ],
    [
      'the same with a glob',
      'in [1]/?(b)!+@^$.|{date}\\*.csv',
      ['in [1]/?(b)!+@^$.|2024-05-01\\x.csv', 'in [1]/b!.2024-05-01.csv'],
      ['in [1]/?(b)!+@^$.|2024-05-01\\x.csv'],
    ],
    ['what begins with a dot is hidden', 'in/**/*.csv', ['in/.part.csv', 'in/.tmp/x.csv', 'in/a.csv'], ['in/a.csv']],
    ['also from a variable and from alternatives', 'in/{name}', ['in/.part.csv', 'in/a.csv'], ['in/a.csv']],
    ['unless the path says so', '.in/*.csv', ['.in/a.csv'], ['.in/a.csv']],
    ['a path of the working directory', './x/../*.csv', ['a.csv', 'x/b.csv'], ['a.csv']],
    ['numbers as they are written', 'in/*', ['in/10.csv', 'in/9.csv'], ['in/10.csv', 'in/9.csv']],
  ])('%s: %j', async (_, path, files, expected) => {
    given(...files);
    expect(await offered({ path })).toEqual(expected);
  });

  test('absolute, above, through links; not below ** through them, nor folders, nor dangling ones', async () => {
    given('real/a.csv', 'real/b/c.csv');
    mkdirSync('real/folder.csv');
    symlinkSync(join(folder, 'real'), 'linked');
    symlinkSync(join(folder, 'real'), 'real/b/around');
    symlinkSync('nowhere', 'real/gone.csv');
    symlinkSync('a.csv', 'real/alias.csv');
    expect(await offered({ path: `${folder}/real/*.csv` })).toEqual([
      `${folder}/real/a.csv`,
      `${folder}/real/alias.csv`,
    ]);
    expect(await offered({ path: 'link*/a.csv' })).toEqual(['linked/a.csv']);
    expect(await offered({ path: 'real/**/c.csv' })).toEqual(['real/b/c.csv']);
    mkdirSync('sub');
    process.chdir('sub');
    expect(await offered({ path: '../real/*.csv' })).toEqual(['../real/a.csv', '../real/alias.csv']);
  });

  test('a name that cannot be written down is told, where the path means it', async () => {
    given('in/a.csv', 'in/b\nc.csv');
    await expect(offered({ path: 'in/*.csv' })).rejects.toThrow(
      /in cannot be read: it holds a file whose name is no plain UTF-8 text \("b\\nc\.csv"\)/,
    );
    await expect(offered({ path: 'in/**' })).rejects.toThrow(/no plain UTF-8/);
    expect(await offered({ path: 'in/a*.csv' })).toEqual(['in/a.csv']);
    execFileSync('sh', ['-c', 'printf x > "other-$(printf \'\\377\').csv"']);
    await expect(offered({ path: 'other-*.csv' })).rejects.toThrow(/no plain UTF-8/);
  });

  test('what is named is what is offered, and has values', async () => {
    const part = fc.constantFrom('a', 'b-1', '.h', 'x y', 's=2', '2024-05-01', '2024-05-02', '[z]');
    const pieces = fc.constantFrom('*', '{store}', '{date}', 'a', 's={store}', '*-{date}', '{a,x y}', '[z]', '**');
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.array(part, { minLength: 1, maxLength: 3 }), {
          minLength: 1,
          maxLength: 6,
          selector: (parts) => parts.join('/'),
        }),
        fc.array(pieces, { minLength: 1, maxLength: 3 }),
        async (files, path) => {
          rmSync('law', { recursive: true, force: true });
          // A name may be a folder's and a file's.
          const names = files.map((parts) => `law/${parts.join('/')}.csv`);
          given(...names);
          const source = csvFiles({ path: `law/${path.join('/')}.csv`, missing: 'empty' });
          const found = await source.list(DAY);
          const isFor = source.namedFor!(DAY);
          expect(found.map(({ origin }) => origin).sort()).toEqual(names.filter(isFor).sort());
          for (const offer of found) {
            expect(source.names!(offer.origin)).toBe(true);
            expect(await source.one(offer.origin)).toEqual(offer);
            expect(Object.keys(source.valuesOf!(offer.origin)!).sort()).toEqual([...source.paths![0]!.names].sort());
          }
        },
      ),
      { seed: 15, numRuns: 150 },
    );
  });

  test('the values of an origin are those that make its name', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9=_ -]{1,8}$/).filter((text) => !text.startsWith('.'));
    fc.assert(
      fc.property(word, word, (store, till) => {
        const values = readPath('in/store={store}/{date}/{till}.csv').match(`in/store=${store}/2024-05-01/${till}.csv`);
        expect(values).toEqual({ store, till, date: '2024-05-01' });
      }),
      { seed: 15 },
    );
    expect(readPath('in/{date}/x-{date}.csv').match('in/2024-05-01/x-2024-05-02.csv')).toBeNull();
    expect(readPath('{store}_{till}.csv').match('a_b_c.csv')).toEqual({ store: 'a_b', till: 'c' });
  });

  test('a path is for the times that it says, and an origin of another window is not named for this one', () => {
    const source = csvFiles({ path: ['in/{date}/*-{hour}.csv', 'all/*.csv'] });
    const isFor = source.namedFor!(parseWindow('1h', '2024-05-01T07'));
    expect(
      ['in/2024-05-01/a-07.csv', 'in/2024-05-01/a-08.csv', 'in/2024-05-02/a-07.csv', 'all/x.csv', 'b.csv'].map(isFor),
    ).toEqual([true, false, false, true, false]);
    expect(source.shared).toBe(true);
    expect(source.named!(DAY)).toEqual([]);
  });

  test('a file that was written a moment ago is not offered, one left alone is, and one of the future is', async () => {
    given('in/old.csv', 'in/new.csv', 'in/ahead.csv');
    const now = Date.now() / 1000;
    utimesSync('in/new.csv', now, now);
    utimesSync('in/ahead.csv', now + 9_000, now + 9_000);
    const source = csvFiles({ path: 'in/*.csv', settle: '2m' });
    const { offers, unsettled } = await source.survey!(WHOLE);
    expect(offers.map(({ origin }) => origin)).toEqual(['in/ahead.csv', 'in/old.csv']);
    expect(unsettled).toEqual([
      {
        origin: 'in/new.csv',
        why: expect.stringMatching(
          /^was modified \d+ s ago, and is offered when it has been left alone for 2m$/,
        ) as string,
      },
    ]);
    await expect(source.one('in/new.csv')).rejects.toThrow(SourceWaits);
    expect(await source.one('in/old.csv')).toEqual(offers[1]);
  });

  test('a marker, of the folder or of each file, is waited for, and is no file of the source', async () => {
    given('in/1/a.csv', 'in/2/a.csv', 'in/2/_SUCCESS', 'in/2/a.csv.done');
    expect(await offered({ path: 'in/*/*', marker: '_SUCCESS' })).toEqual(['in/2/a.csv', 'in/2/a.csv.done']);
    expect(await offered({ path: 'in/*/*.{csv,done}', marker: '*.done' })).toEqual(['in/2/a.csv']);
    const { unsettled } = await csvFiles({ path: 'in/*/a.csv', marker: '_SUCCESS' }).survey!(WHOLE);
    expect(unsettled).toEqual([{ origin: 'in/1/a.csv', why: 'waits for its marker in/1/_SUCCESS' }]);
  });

  test('a time without a file is told by its path, globs as they are; with missing: empty it is left out', async () => {
    given('in/2024-05-02/a.csv');
    const days = parseRange('1d', '2024-05-01..2024-05-03');
    await expect(offered({ path: 'in/{date}/*.csv' }, days)).rejects.toThrow(
      /no file is at in\/2024-05-01\/\*\.csv; the newest there is "in\/2024-05-02\/a\.csv"/,
    );
    expect(await offered({ path: 'in/{date}/*.csv', missing: 'empty' }, days)).toEqual(['in/2024-05-02/a.csv']);
    const { missing } = await csvFiles({ path: ['in/{date}/*.csv', 'in/{date}.csv'] }).survey!(days);
    expect(missing.map(({ path }) => path)).toEqual(['in/2024-05-01/*.csv', 'in/2024-05-01.csv', 'in/2024-05-02.csv']);
  });

  test('a file of a kind that is not read is refused where a glob finds it', async () => {
    given('in/a.csv', 'in/b.csv.BZ2');
    await expect(offered({ path: 'in/*' })).rejects.toMatchObject({
      message: 'in/b.csv.BZ2 cannot be read: its name says bzip2',
      next: 'unpack it (bunzip2); gzip (.gz) and zstd (.zst) are read as they are',
    });
  });

  test('ten thousand files are listed once, in a moment, and one of them costs one look', async () => {
    mkdirSync('many');
    for (let i = 0; i < 10_000; i++) writeFileSync(`many/${i}.csv`, 'a\n');
    const source = csvFiles({ path: 'many/*.csv' });
    const began = performance.now();
    expect(await source.list(WHOLE)).toHaveLength(10_000);
    const listing = performance.now() - began;
    for (let i = 0; i < 100; i++) await source.one(`many/${i}.csv`);
    // A hundred looks cost less than the listing: none of them lists.
    expect(performance.now() - began - listing).toBeLessThan(listing);
  });
});
