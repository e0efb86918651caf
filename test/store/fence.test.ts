import type { Claim } from '../../model/run/claim';
import { parseWindow } from '../../model/time/window';
import { fencedStep } from '../../store/ledger/fence';
import { windowStatuses } from '../../store/ledger/windows';
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

  test('a step that wakes after its run was closed writes nothing, though no newer run has the window', async () => {
    const claim = await bench.claim(lab.pipeline, DAY1);
    await bench.call('ingest', { claim, step: 1 });
    await bench.call('refresh', { claim, step: 2, table: 'sensors_readings' });
    await bench.call('close', { claim, step: 4, state: 'failed', error: 'given up' });
    const late = bench.call('refresh', { claim, step: 3, table: 'sensors_daily' });
    await expect(late).rejects.toMatchObject({ name: 'Fenced' });
    expect(await test_.database.query(`select from weir_stage.sensors_daily`)).toEqual([]);
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

  test('a session is ended by a newer holder of the same thing, never by an older one', async () => {
    const what = 'w:sensors/2024-05-01';
    const holder = (epoch: number, step: number, attempt: number) => ({ what, epoch, step, attempt });
    const body = test_.database.tx(
      async (tx) => {
        await tx.query('select 1');
        for (const older of [holder(4, 9, 9), holder(5, 1, 9), holder(5, 2, 1), holder(5, 2, 2)])
          expect(await test_.database.endOlder(older)).toBe(0);
        expect(await test_.database.endOlder({ ...holder(9, 9, 9), what: 'w:sensors/2024-05-02' })).toBe(0);
        expect(await test_.database.endOlder(holder(5, 2, 3))).toBe(1);
        await tx.query('select 1');
      },
      { holder: holder(5, 2, 2) },
    );
    await expect(body).rejects.toThrow();
  });

  test('a claim whose number is older than the window has does not take it', async () => {
    await bench.run(lab.pipeline, DAY1);
    // As after a PostgreSQL that lost its last commits: sequences go back too.
    await test_.database.query(`update weir.windows set epoch = 1000`);
    const claim = await bench.claim(lab.pipeline, DAY1);
    expect(claim.epoch).toBeLessThan(1000);
    const step = bench.call('refresh', { claim, step: 2, table: 'sensors_readings' });
    await expect(step).rejects.toMatchObject({ name: 'Fenced' });
  });

  test('a run that was overtaken closes its own row, and leaves the window to the newer one', async () => {
    const old = await bench.claim(lab.pipeline, DAY1);
    const young = await upToPublish();
    await bench.call('close', { claim: old, step: 1, state: 'failed', error: 'late' });
    expect(await test_.database.query(`select state from weir.windows`)).toEqual([{ state: 'running' }]);
    expect((await bench.call('publish', { claim: young, step: 4 })).state).toBe('published');
    const runs = await test_.database.query<{ state: string }>(`select state from weir.runs order by epoch`);
    expect(runs.map(({ state }) => state)).toEqual(['orphaned', 'published']);
  });

  test('rows that did not pass the gate of this run are not published: some went, some came, none was asked for', async () => {
    const lost = { name: 'StageLost' };
    const gone = await upToPublish();
    await test_.database.query(`delete from weir_stage.sensors_daily`);
    await expect(bench.call('publish', { claim: gone, step: 4 })).rejects.toMatchObject(lost);
    const more = await upToPublish();
    await test_.database.query(
      `insert into weir_stage.sensors_daily select '2024-05-01', 'stranger', 1, 1, 1, $1::bigint`,
      [more.epoch],
    );
    await expect(bench.call('publish', { claim: more, step: 4 })).rejects.toMatchObject(lost);
    const none = await bench.claim(lab.pipeline, DAY1);
    await bench.call('ingest', { claim: none, step: 1 });
    await bench.call('refresh', { claim: none, step: 2, table: 'sensors_readings' });
    // A step that was left out is seen by its number; one that never was, by its table.
    await expect(bench.call('publish', { claim: none, step: 4 })).rejects.toMatchObject({ name: 'RunLost' });
    await expect(bench.call('publish', { claim: none, step: 3 })).rejects.toMatchObject(lost);
    expect(await published()).toEqual([]);
  });

  test('rows that another run left in the stage are not published', async () => {
    await upToPublish();
    lab.files.write('a.csv', readingsCsv('2024-05-01T01:00Z south 4 1'));
    await bench.run(lab.pipeline, DAY1);
    expect(await published()).toEqual([{ sensor: 'south', total: '4' }]);
  });

  test.each([
    ['between its tables', 3],
    ['before it publishes', 4],
  ])('rows that come %s leave the window owed', async (_, cut) => {
    const claim = await bench.claim(lab.pipeline, DAY1);
    await bench.call('ingest', { claim, step: 1 });
    await bench.call('refresh', { claim, step: 2, table: 'sensors_readings' });
    const late = async (): Promise<void> => {
      lab.files.write(`late-${cut}.csv`, readingsCsv('2024-05-01T02:00Z north 5 1'));
      await bench.run(lab.pipeline, parseWindow('1d', '2024-05-02'));
    };
    if (cut === 3) await late();
    await bench.call('refresh', { claim, step: 3, table: 'sensors_daily' });
    if (cut === 4) await late();
    await bench.call('publish', { claim, step: 4 });
    const [window] = await windowStatuses(test_.database, [lab.pipeline], lab.pipeline, DAY1);
    expect(window).toMatchObject({ state: 'published', stale: 'touched' });
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
