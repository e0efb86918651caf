import type { Claim } from '../../model/run/claim';
import { parseWindow } from '../../model/time/window';
import { fencedStep } from '../../store/ledger/fence';
import { Database } from '../../store/postgres/database';
import { publishWindow } from '../../store/refresh/publishWindow';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');

describe('the fence', () => {
  let test_: TestDatabase;
  let bench: ActivityRunner;
  const lab = sensors();
  beforeEach(async () => {
    test_ = await testDatabase([lab.pipeline]);
    bench = new ActivityRunner(test_.database, [lab.pipeline]);
    lab.files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 3 1'));
  });
  afterEach(() => test_.close());

  const upToPublish = async (): Promise<Claim> => {
    const claim = await bench.claim(lab.pipeline, DAY1);
    await bench.call('ingest', { claim, step: 1 });
    await bench.call('refresh', { claim, step: 2, table: 'sensors_readings' });
    await bench.call('refresh', { claim, step: 3, table: 'sensors_daily' });
    return claim;
  };
  const published = async (): Promise<unknown[]> =>
    test_.database.query(`select sensor, total from marts.sensors_daily`);

  test('refuses a run that a newer claim has overtaken, and the refused one writes nothing', async () => {
    const old = await upToPublish();
    const young = await bench.claim(lab.pipeline, DAY1);
    expect(young.epoch).toBeGreaterThan(old.epoch);
    await expect(bench.call('publish', { claim: old, step: 4 })).rejects.toMatchObject({ name: 'Fenced' });
    expect(await published()).toEqual([]);
  });

  test('finds the answer of a commit whose answer was lost, instead of doing it again', async () => {
    const claim = await upToPublish();
    const first = await bench.call('publish', { claim, step: 4 }, 1);
    expect(await bench.call('publish', { claim, step: 4 }, 2)).toEqual(first);
    expect(first.written).toBe(2);
  });

  test('an attempt that was given up and wakes after its successor commits changes nothing', async () => {
    const claim = await upToPublish();
    const by = { workflowId: 'test', workflowRunId: bench.runOf({ claim })! };
    const at = (attempt: number) => ({ claim, step: 4, attempt, name: 'publish', by });
    // Attempt 1 takes the fence and stops in the middle, as a process under SIGSTOP would, with its transaction open.
    let wake = (): void => undefined;
    const stopped = new Promise<void>((resolve) => (wake = resolve));
    const zombieDatabase = Database.open(test_.url, { max: 2 });
    let entered = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const zombie = fencedStep(zombieDatabase, at(1), async (tx) => {
      entered();
      await stopped;
      await tx.run(`update weir.windows set digest = 'written by a zombie'`);
      return { result: {} };
    }).then(
      () => 'committed',
      () => 'refused',
    );
    await inside;
    const outcome = await publishWindow(test_.database, at(2), lab.pipeline);
    expect(outcome.state).toBe('published');
    wake();
    expect(await zombie).toBe('refused');
    expect(await published()).toEqual([{ sensor: 'north', total: '3' }]);
    const [window] = await test_.database.query<{ digest: string }>(`select digest from weir.windows`);
    expect(window!.digest).toBe(outcome.digest);
    await zombieDatabase.close();
  });

  test('two attempts at once: one publishes, both tell the same', async () => {
    const claim = await upToPublish();
    const [first, second] = await Promise.allSettled([
      bench.call('publish', { claim, step: 4 }, 1),
      bench.call('publish', { claim, step: 4 }, 2),
    ]);
    expect(second.status).toBe('fulfilled');
    if (first.status === 'fulfilled') expect(first.value).toEqual((second as PromiseFulfilledResult<unknown>).value);
    expect(await published()).toHaveLength(1);
  });

  test('a claim asked for twice by one execution is one claim', async () => {
    const order = bench.order(lab.pipeline, DAY1);
    const first = await bench.call('claim', order, 1, 'same-run');
    const second = await bench.call('claim', order, 2, 'same-run');
    expect(second.epoch).toBe(first.epoch);
  });

  test('a cancelled run leaves the window as it was', async () => {
    await bench.run(lab.pipeline, DAY1);
    const claim = await bench.claim(lab.pipeline, DAY1);
    await bench.call('close', { claim, step: 1, state: 'cancelled', error: 'asked' });
    const [window] = await test_.database.query(`select state from weir.windows`);
    expect(window).toEqual({ state: 'published' });
  });
});
