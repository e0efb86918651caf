import { Busy } from '../../model/run/errors';
import { parseWindow } from '../../model/time/window';
import { land } from '../../store/inflow/land';
import { withOrigin, withOriginByHand } from '../../store/ledger/origins';
import { Database } from '../../store/postgres/database';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');

describe('who works on an origin', () => {
  const lab = sensors();
  let db: TestDatabase;
  let runner: ActivityRunner;
  beforeEach(async () => {
    db = await testDatabase([lab.pipeline]);
    runner = new ActivityRunner(db.database, [lab.pipeline]);
    lab.files.write('a.csv', readingsCsv('2024-05-01T01:00Z north 3 1'));
  });
  afterEach(() => db.close());

  const published = (): Promise<unknown[]> => db.database.query(`select sensor, total from marts.sensors_daily`);

  test('is one at a time: a run waits while another lands or cleans it', async () => {
    const claim = await runner.claim(lab.pipeline, DAY1);
    await withOriginByHand(db.database, 'sensors', 'a.csv', async () => {
      await expect(withOrigin(db.database, { claim, step: 1, attempt: 1 }, 'a.csv', async () => 1)).rejects.toThrow(
        Busy,
      );
    });
    expect(await withOrigin(db.database, { claim, step: 1, attempt: 1 }, 'a.csv', async () => 1)).toBe(1);
  });

  test('is not a process that stopped: the next attempt of its step ends its session and then works', async () => {
    const claim = await runner.claim(lab.pipeline, DAY1);
    const stopped = Database.open(db.url, { max: 1 });
    let entered = (): void => undefined;
    let wake = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const awake = new Promise<void>((resolve) => (wake = resolve));
    const sleeper = withOrigin(stopped, { claim, step: 1, attempt: 1 }, 'a.csv', () => {
      entered();
      return awake;
    });
    const fell = sleeper.then(
      () => 'committed',
      () => 'fell',
    );
    await inside;
    const next = () => withOrigin(db.database, { claim, step: 1, attempt: 2 }, 'a.csv', async () => 'worked');
    await expect(next()).rejects.toThrow(Busy);
    // Its session ends a moment after it was told to.
    let said = '';
    for (let tries = 0; said !== 'worked' && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      said = await next().catch((error: Error) => error.message);
    }
    expect(said).toBe('worked');
    wake();
    expect(await fell).toBe('fell');
    await stopped.close();
  });

  test('only ends those before it: a session of a newer run stays', async () => {
    let entered = (): void => undefined;
    let leave = (): void => undefined;
    const inside = new Promise<void>((resolve) => (entered = resolve));
    const over = new Promise<void>((resolve) => (leave = resolve));
    const newer = db.database.tx(
      async (tx) => {
        entered();
        await over;
        return tx.query(`select 1 as alive`);
      },
      { holder: { what: 'w:sensors/2024-05-01', epoch: 7, step: 1, attempt: 1 } },
    );
    await inside;
    const ended = (epoch: number) => db.database.endOlder({ what: 'w:sensors/2024-05-01', epoch, step: 9, attempt: 9 });
    expect(await ended(6)).toBe(0);
    leave();
    expect(await newer).toEqual([{ alive: 1 }]);
  });

  test('cleans again what a hand marked uncleaned, all of it too', async () => {
    await runner.run(lab.pipeline, DAY1);
    await db.database.query(`update weir.segments set cleaned_by = null`);
    await db.database.query(`delete from weir_cleaned.sensors_readings`);
    await runner.run(lab.pipeline, DAY1);
    expect(await db.database.query(`select from weir.segments where cleaned_by is null`)).toHaveLength(0);
    expect(await published()).toEqual([{ sensor: 'north', total: '3' }]);
  });

  test('finishes a delivery of no records that was landed and not cleaned: what it supersedes goes', async () => {
    await runner.run(lab.pipeline, DAY1);
    lab.files.write('a.csv', readingsCsv());
    const claim = await runner.claim(lab.pipeline, DAY1);
    const offer = (await lab.files.one('a.csv'))!;
    // As a worker that dies between the two commits.
    await withOrigin(db.database, { claim, step: 1, attempt: 1 }, 'a.csv', (tx) =>
      land(tx, 'sensors', lab.pipeline.source, offer, claim.epoch, () => undefined),
    );
    expect(await published()).toHaveLength(1);
    await runner.run(lab.pipeline, DAY1);
    expect(await published()).toEqual([]);
  });
});
