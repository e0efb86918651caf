import { readFileSync, rmSync, utimesSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { Pipeline } from '../../model';
import { text } from '../../model';
import { parseRange } from '../../model/time/window';
import { moveOrigins } from '../../store/inflow/moveOrigins';
import { originRows } from '../../store/ledger/originLife';
import { windowStatuses } from '../../store/ledger/windows';
import { verifyRange } from '../../store/proof/verify';
import { planPipelines } from '../../store/reports/owed';
import { BY_STORE, DAY, HEADER, sold, StoreFiles } from '../setup/storeFiles';
import { stores } from '../setup/stores';
import { zstdOf } from '../sources/zstdOf';

const RANGE = parseRange('1d', '2024-05-01..2024-05-03');
const WHO = { by: 'ada', why: null };

describe('files as they come', () => {
  const files = new StoreFiles();
  const { at, given, run, published, landed, told, stateOf } = files;
  const database = () => files.test_.database;

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
      expect((await originRows(database(), pipeline())).map(({ state, named }) => [state, named])).toEqual([
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
        (await verifyRange(database(), [pipeline()], pipeline(), RANGE, () => undefined)).compared.filter(
          ({ equal }) => !equal,
        );
      expect(await wrong()).toEqual([]);
      given('2024-05-01/store=z.csv', readFileSync(at('2024-05-01/store=a.csv')));
      rmSync(at('2024-05-01/store=a.csv'));
      await moveOrigins(database(), pipeline(), at('{date}/store=a.csv'), at('{date}/store=z.csv'), WHO);
      expect(await stateOf(pipeline())).toBe('published');
      expect((await windowStatuses(database(), [pipeline()], pipeline(), DAY))[0]!.stale).toBe('touched');
      await run(pipeline());
      expect(await published()).toEqual(['2024-05-01 b 5', '2024-05-01 z 3']);
      expect(await wrong()).toEqual([]);
      // What the ledger says of the origin is what the rows must say: a row of another store is found.
      await database().query(`update weir_cleaned.sales set store = 'q' where store = 'z'`);
      expect((await wrong()).length).toBeGreaterThan(0);
    });

    test('another path is other code: what has to be cleaned again is planned, and origins it does not name are moved', async () => {
      given('2024-05-01/store=a.csv', sold(1));
      await run(pipeline());
      const all = stores({ path: [at('{date}/store={store}.csv'), at('{date}/{store}.txt')] }, BY_STORE);
      const [plan] = await planPipelines(database(), [all], [all], '2024-05-02T00:00:00Z');
      expect(plan).toMatchObject({ moved: null, clean: { segments: 1 } });
      const other = stores({ path: at('{date}/shop={store}.csv') }, BY_STORE);
      await expect(run(other)).rejects.toMatchObject({
        name: 'OriginsMoved',
        next: expect.stringContaining(`weir move sales ${at('2024-05-01/store=a.csv')}`) as string,
      });
      await expect(verifyRange(database(), [other], other, RANGE, () => undefined)).rejects.toMatchObject({
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
      expect(await database().query(`select column_name as column, reason, value from weir.dead_letters`)).toEqual(
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
      const [row] = await database().query<{ digest: string }>(`select digest from weir.deliveries`);
      digests.push(`${digest} ${row!.digest}`);
      await files.test_.empty();
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
      expect(await database().query(`select from weir.segments`)).toEqual([]);
    },
  );
});
