import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { text } from '../../model';
import type { Pipeline } from '../../model';
import type { Outcome } from '../../model/run/outcome';
import { parseRange, parseWindow } from '../../model/time/window';
import { moveOrigins } from '../../store/inflow/moveOrigins';
import { originRows } from '../../store/ledger/originLife';
import { windowStatuses } from '../../store/ledger/windows';
import { verifyRange } from '../../store/proof/verify';
import { planPipelines } from '../../store/reports/owed';
import { runReport, runsOf } from '../../store/reports/runReport';
import { noteLines } from '../../scripts/terminal/notes';
import { stepCells } from '../../scripts/terminal/shownWindow';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { stores } from '../setup/stores';
import { zstdOf } from '../sources/zstdOf';

const DAY = parseWindow('1d', '2024-05-01');
const NEXT = parseWindow('1d', '2024-05-02');
const RANGE = parseRange('1d', '2024-05-01..2024-05-03');
const OLD = new Date('2024-05-01T00:00:00Z');
const WHO = { by: 'ada', why: null };
const HEADER = 'at,amount\n';
const BY_STORE = { columns: { store: text().path('store') } };

describe('files as they come', () => {
  let test_: TestDatabase;
  let folder: string;
  beforeAll(async () => {
    test_ = await testDatabase([stores({ path: 'x.csv' })]);
  });
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'weir-files-'))));
  afterEach(async () => {
    await test_.empty();
    rmSync(folder, { recursive: true });
  });
  afterAll(() => test_.close());

  const at = (name: string): string => join(folder, name);
  const given = (name: string, bytes: string | Buffer, modified = OLD): void => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), bytes);
    utimesSync(at(name), modified, modified);
  };
  const sold = (...amounts: number[]): string =>
    HEADER + amounts.map((amount) => `2024-05-01T09:00:00Z,${amount}\n`).join('');
  const bench = (pipeline: Pipeline): ActivityRunner => new ActivityRunner(test_.database, [pipeline]);
  const run = (pipeline: Pipeline, window = DAY): Promise<Outcome> => bench(pipeline).run(pipeline, window);
  const published = async (): Promise<string[]> =>
    (
      await test_.database.query<{ line: string }>(
        `select concat_ws(' ', day, store, amount) as line from marts.sales_daily order by 1`,
      )
    ).map((row) => row.line);
  const landed = async (): Promise<number> =>
    (await test_.database.query<{ n: number }>(`select count(*)::integer as n from weir.deliveries`))[0]!.n;
  const told = async (window = DAY): Promise<string[]> => {
    const report = await runReport(test_.database, 'sales', window.start);
    return [
      ...report.steps.filter(({ name }) => name === 'ingest').map((step) => stepCells(step, []).did),
      ...noteLines(report),
    ];
  };
  const stateOf = async (pipeline: Pipeline, window = DAY): Promise<string> =>
    (await windowStatuses(test_.database, [pipeline], pipeline, window))[0]!.state;
  /** A run as its workflow ends it: closed with the class of its error, which is returned. */
  async function ended(pipeline: Pipeline, window = DAY): Promise<{ name: string; message: string; next?: string }> {
    const runner = bench(pipeline);
    const claim = await runner.claim(pipeline, window);
    const error = (await runner.call('ingest', { claim, step: 1 }).then(
      () => new Error('it went on'),
      (thrown: unknown) => thrown,
    )) as Error;
    await runner.call('close', { claim, step: 2, state: 'failed', error: error.message, type: error.name });
    return error;
  }

  describe('a file a store a day', () => {
    const pipeline = (): Pipeline => stores({ path: at('{date}/store={store}.csv') }, BY_STORE);

    test('how many were offered and known is said; a changed one supersedes, one that is gone is noted', async () => {
      for (const store of ['a', 'b', 'c']) given(`2024-05-01/store=${store}.csv`, sold(1));
      await run(pipeline());
      expect(await told()).toEqual(['landed 3 records, 3 of 3 offered, 0 known']);
      given('2024-05-01/store=a.csv', sold(5));
      utimesSync(at('2024-05-01/store=a.csv'), new Date(), new Date());
      given('2024-05-01/store=d.csv', sold(7));
      rmSync(at('2024-05-01/store=c.csv'));
      await run(pipeline());
      expect(await told()).toEqual([
        'landed 2 records, 2 of 3 offered, 1 known',
        `note: ${at('2024-05-01/store=c.csv')}: not there any more; the rows come from raw`,
      ]);
      expect(await published()).toEqual(['2024-05-01 a 5', '2024-05-01 b 1', '2024-05-01 c 1', '2024-05-01 d 7']);
      expect((await originRows(test_.database, pipeline())).map(({ state, named }) => [state, named])).toEqual([
        ['offered', true],
        ['offered', true],
        ['vanished', true],
        ['offered', true],
      ]);
      rmSync(at('2024-05-01'), { recursive: true });
      await run(pipeline());
      expect(await published()).toHaveLength(4);
    });

    test('a value of the path is a column, also after weir move, and verify reads it from raw and the origin', async () => {
      given('2024-05-01/store=a.csv', sold(1, 2));
      given('2024-05-01/store=b.csv', sold(5));
      await run(pipeline());
      expect(await published()).toEqual(['2024-05-01 a 3', '2024-05-01 b 5']);
      const wrong = async () =>
        (await verifyRange(test_.database, [pipeline()], pipeline(), RANGE, () => undefined)).compared.filter(
          ({ equal }) => !equal,
        );
      expect(await wrong()).toEqual([]);
      given('2024-05-01/store=z.csv', readFileSync(at('2024-05-01/store=a.csv')));
      rmSync(at('2024-05-01/store=a.csv'));
      await moveOrigins(test_.database, pipeline(), at('{date}/store=a.csv'), at('{date}/store=z.csv'), WHO);
      expect(await stateOf(pipeline())).toBe('published');
      expect((await windowStatuses(test_.database, [pipeline()], pipeline(), DAY))[0]!.stale).toBe('touched');
      await run(pipeline());
      expect(await published()).toEqual(['2024-05-01 b 5', '2024-05-01 z 3']);
      expect(await wrong()).toEqual([]);
      // What the ledger says of the origin is what the rows must say: a row of another store is found.
      await test_.database.query(`update weir_cleaned.sales set store = 'q' where store = 'z'`);
      expect((await wrong()).length).toBeGreaterThan(0);
    });

    test('another path is other code: what has to be cleaned again is planned, and origins it does not name are moved', async () => {
      given('2024-05-01/store=a.csv', sold(1));
      await run(pipeline());
      const all = stores({ path: [at('{date}/store={store}.csv'), at('{date}/{store}.txt')] }, BY_STORE);
      const [plan] = await planPipelines(test_.database, [all], [all], '2024-05-02T00:00:00Z');
      expect(plan).toMatchObject({ moved: null, clean: { segments: 1 } });
      const other = stores({ path: at('{date}/shop={store}.csv') }, BY_STORE);
      await expect(run(other)).rejects.toMatchObject({
        name: 'OriginsMoved',
        next: expect.stringContaining(`weir move sales ${at('2024-05-01/store=a.csv')}`) as string,
      });
      await expect(verifyRange(test_.database, [other], other, RANGE, () => undefined)).rejects.toMatchObject({
        name: 'OriginsMoved',
        message: expect.stringContaining('columns of sales are read from its path') as string,
      });
    });

    test('one that its column does not take is a dead letter of each record', async () => {
      given('2024-05-01/store=a.csv', sold(1));
      given('2024-05-01/store=x.csv', sold(1, 2));
      const known = text()
        .path('store')
        .parse('known@1', (store) => {
          if (store === 'x') throw new Error('no such store');
          return store;
        });
      const path = at('{date}/store={store}.csv');
      await run(stores({ path }, { columns: { store: known }, deadLetters: { errorAbove: '100 %' } }));
      expect(await published()).toEqual(['2024-05-01 a 1']);
      expect(await test_.database.query(`select column_name as column, reason, value from weir.dead_letters`)).toEqual(
        Array.from({ length: 2 }, () => ({ column: 'store', reason: 'parse: no such store', value: 'x' })),
      );
    });
  });

  test('plain, gzip and zstd: the same rows, to the digest', async () => {
    const plain = Buffer.from(sold(1, 2, 3));
    const text_ = { columns: { store: text().path('store') } };
    const digests: string[] = [];
    for (const [ending, bytes] of [
      ['', plain],
      ['.gz', gzipSync(plain)],
      ['.zst', await zstdOf(plain)],
    ] as const) {
      given(`2024-05-01/a.csv${ending}`, bytes);
      const { digest } = await run(stores({ path: at(`{date}/{store}.csv${ending}`) }, text_));
      const [row] = await test_.database.query<{ digest: string }>(`select digest from weir.deliveries`);
      digests.push(`${digest} ${row!.digest}`);
      await test_.empty();
    }
    expect(new Set(digests).size).toBe(1);
  });

  test.each([
    ['gz', (bytes: Buffer) => Promise.resolve(gzipSync(bytes))],
    ['zst', zstdOf],
  ])(
    'a .%s that is cut short fails before anything is committed, however much of it could be read',
    async (ending, compress) => {
      // Text that does not shrink: more than a segment of it comes before the cut.
      const many = Array.from({ length: 300_000 }, (_, i) => `2024-05-01T09:00:00Z,${(i * 7_919) % 1_000_003}\n`).join(
        '',
      );
      const whole = await compress(Buffer.from(HEADER + many));
      given(`2024-05-01/a.csv.${ending}`, whole.subarray(0, -5));
      await expect(run(stores({ path: at(`{date}/{store}.csv.${ending}`) }, BY_STORE))).rejects.toMatchObject({
        name: 'SourceUnreadable',
        stillTrue: 'nothing of it was landed; readers keep what was published',
      });
      expect(await landed()).toBe(0);
      expect(await test_.database.query(`select from weir.segments`)).toEqual([]);
    },
  );

  describe('a file that is still being written', () => {
    const settling = (): Pipeline => stores({ path: at('{date}/{store}.csv'), settle: '2m' }, BY_STORE);

    test('alone: the run says so, the window stays missing, and the next tick takes it', async () => {
      given('2024-05-01/a.csv', sold(1), new Date());
      expect(await ended(settling())).toMatchObject({
        name: 'SourceWaits',
        message: expect.stringMatching(
          /^sales 2024-05-01: .*a\.csv was modified \d+ s ago, and is offered when it has been left alone for 2m$/,
        ) as string,
        next: expect.stringContaining('weir run sales 2024-05-01') as string,
      });
      expect(await landed()).toBe(0);
      expect(await stateOf(settling())).toBe('missing');
      expect((await runsOf(test_.database, 'sales', DAY.start, 1))[0]!.state).toBe('waited');
      const due = async () =>
        (await bench(settling()).call('dueWindows', { pipeline: 'sales', nominal: '2024-05-03T00:15:00Z' })).windows;
      expect(await due()).toEqual([DAY, NEXT]);
      utimesSync(at('2024-05-01/a.csv'), OLD, OLD);
      await run(settling());
      expect(await published()).toEqual(['2024-05-01 a 1']);
      expect(await due()).toEqual([NEXT]);
    });

    test('beside others of its day: those are landed, and the window waits for all of them', async () => {
      given('2024-05-01/a.csv', sold(1));
      given('2024-05-01/b.csv', sold(2), new Date());
      expect((await ended(settling())).name).toBe('SourceWaits');
      expect(await landed()).toBe(1);
      expect(await published()).toEqual([]);
    });

    test('of a path without a time: the run goes on without it, and says so', async () => {
      const pipeline = stores({ path: at('in/{store}.csv'), settle: '2m' }, BY_STORE);
      given('in/a.csv', sold(1));
      given('in/b.csv', sold(2), new Date());
      await run(pipeline);
      expect(await published()).toEqual(['2024-05-01 a 1']);
      expect((await told()).at(-1)).toBe(`note: ${at('in/b.csv')}: still being written, and left for a later run`);
    });

    test('changed again while it is landed: nothing of it is', async () => {
      given('2024-05-01/a.csv', sold(1));
      const pipeline = settling();
      const { source } = pipeline;
      const racing: Pipeline = {
        ...pipeline,
        source: {
          ...source,
          one: (origin) => {
            appendFileSync(origin, '2024-05-01T10:00:00Z,4\n');
            return source.one(origin);
          },
        },
      };
      expect((await ended(racing)).name).toBe('SourceWaits');
      expect(await landed()).toBe(0);
      expect(statSync(at('2024-05-01/a.csv')).size).toBeGreaterThan(sold(1).length);
    });
  });

  describe('a time without a file', () => {
    const missing = (rule?: 'empty' | 'fail' | 'wait'): Pipeline =>
      stores({ path: at('{date}/{store}.csv'), ...(rule && { missing: rule }) }, BY_STORE);

    test('fails, where nothing is said, and the next step names the option', async () => {
      expect(await ended(missing())).toMatchObject({
        name: 'SourceMissing',
        message: expect.stringMatching(/^no file is at .*2024-05-01\/\{store\}\.csv/) as string,
        next: expect.stringContaining("missing: 'empty'") as string,
      });
      expect(await stateOf(missing())).toBe('failed');
    });

    test('empty: the window is published without rows, and says so', async () => {
      expect(await run(missing('empty'))).toMatchObject({ state: 'published', rows: 0 });
      expect(await stateOf(missing('empty'))).toBe('published');
      expect((await told()).at(-1)).toBe(
        `note: no file is at ${at('2024-05-01/{store}.csv')}: taken for no rows (missing: 'empty')`,
      );
      // It comes after all.
      given('2024-05-01/a.csv', sold(1));
      await run(missing('empty'));
      expect(await published()).toEqual(['2024-05-01 a 1']);
    });

    test('wait: the window stays missing, and each tick asks again', async () => {
      await ended(missing('fail'));
      expect(await ended(missing('wait'))).toMatchObject({
        name: 'SourceWaits',
        message: `sales 2024-05-01: nothing is at ${at('2024-05-01/{store}.csv')} yet`,
      });
      expect(await stateOf(missing('wait'))).toBe('missing');
      const [plan] = await planPipelines(test_.database, [missing('wait')], [missing('wait')], '2024-05-02T00:00:00Z');
      expect(plan!.windows).toMatchObject({ missing: ['2024-05-01'], failed: [] });
    });

    test('is none where what was landed is gone', async () => {
      given('2024-05-01/a.csv', sold(1));
      await run(missing());
      rmSync(at('2024-05-01'), { recursive: true });
      await run(missing());
      expect(await published()).toEqual(['2024-05-01 a 1']);
    });
  });
});
