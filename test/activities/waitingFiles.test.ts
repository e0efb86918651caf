import { appendFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import type { Pipeline } from '../../model';
import { parseWindow } from '../../model/time/window';
import { planPipelines } from '../../store/reports/owed';
import { runsOf } from '../../store/reports/runReport';
import { BY_STORE, DAY, OLD, sold, StoreFiles } from '../setup/storeFiles';
import { stores } from '../setup/stores';

const NEXT = parseWindow('1d', '2024-05-02');

describe('files that are not there yet', () => {
  const files = new StoreFiles();
  const { at, given, bench, run, published, landed, told, stateOf, ended } = files;
  const database = () => files.test_.database;

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
      expect((await runsOf(database(), 'sales', DAY.start, 1))[0]!.state).toBe('waited');
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
      const [plan] = await planPipelines(database(), [missing('wait')], [missing('wait')], '2024-05-02T00:00:00Z');
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
