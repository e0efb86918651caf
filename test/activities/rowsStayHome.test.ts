import { defaultFailureConverter, defaultPayloadConverter } from '@temporalio/common';
import { toFailure } from '../../activities/failures';
import { StatementRefused } from '../../model/run/errors';
import type { Outcome } from '../../model/run/outcome';
import { parseWindow } from '../../model/time/window';
import { throwWithRows } from '../../scripts/session/ledgerRows';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { gateClosed } from '../../workflows/shared/failures';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const PLANTED = 'pl4nted';

/** What Temporal would write down of an error: message, stack, details and causes, as its own converter makes it. */
const inHistory = (error: unknown): string =>
  JSON.stringify(
    defaultFailureConverter.errorToFailure(toFailure(error) as Error, defaultPayloadConverter),
    (_, value) =>
      value instanceof Uint8Array || (value as { type?: string })?.type === 'Buffer'
        ? Buffer.from(value as Uint8Array).toString()
        : (value as unknown),
  );

describe('rows stay in PostgreSQL', () => {
  let test_: TestDatabase;
  afterEach(() => test_.close());
  const given = async () => {
    const lab = sensors();
    test_ = await testDatabase([lab.pipeline]);
    return { ...lab, runner: new ActivityRunner(test_.database, [lab.pipeline]) };
  };
  const close = async (runner: ActivityRunner, claim: Awaited<ReturnType<ActivityRunner['claim']>>, error: string) =>
    runner.call('close', { claim, step: 9, state: 'failed', error });

  test('a closed gate crosses without its failing rows; the command reads them from the ledger', async () => {
    const { pipeline, files, runner } = await given();
    files.write('a.csv', readingsCsv(...[1, 2, 3, 4, 5, 6].map((hour) => `2024-05-01T0${hour}:00Z ${PLANTED} 1 1`)));
    const outcome: Outcome = await runner.run(pipeline, DAY1);
    expect(outcome.state).toBe('held');
    expect(JSON.stringify(outcome)).not.toContain(PLANTED);
    const failure = gateClosed(runner.order(pipeline, DAY1), outcome.gate!);
    expect(failure.message).not.toContain(PLANTED);
    await expect(throwWithRows(test_.database, pipeline.name, DAY1, failure)).rejects.toThrow(
      new RegExp(`between\\(readings, 1, 5\\): 1 row fails\\n.*sensor=${PLANTED}.*readings=6`),
    );
  });

  test.each([
    [
      'a row that a constraint refuses (23514)',
      `alter table marts.sensors_daily add check (readings > 100)`,
      'Failing row',
    ],
    [
      'a key that is there (23505)',
      `create unique index on marts.sensors_daily (sensor); insert into marts.sensors_daily (day, sensor, readings, _window) values ('2020-01-01', '${PLANTED}', 1, '2020-01-01')`,
      'Key \\(sensor\\)',
    ],
    [
      'what a trigger says (P0001)',
      `create function shout() returns trigger language plpgsql as $$ begin raise exception 'no %', new.sensor; end $$;
       create trigger t before insert on marts.sensors_daily for each row execute function shout()`,
      'no ',
    ],
    [
      'a value that is no number (22P02)',
      `create function parse() returns trigger language plpgsql as $$ begin new.readings = new.sensor::integer; return new; end $$;
       create trigger t before insert on marts.sensors_daily for each row execute function parse()`,
      'invalid input syntax for type integer',
    ],
  ])('%s: the history has the kind, the ledger the row', async (_, damage, said) => {
    const { pipeline, files, runner } = await given();
    await test_.database.query(damage);
    files.write('a.csv', readingsCsv(`2024-05-01T01:00Z ${PLANTED} 1 1`));
    const claim = await runner.claim(pipeline, DAY1);
    await runner.call('ingest', { claim, step: 1 });
    await runner.call('refresh', { claim, step: 2, table: 'sensors_readings' });
    await runner.call('refresh', { claim, step: 3, table: 'sensors_daily' });
    const error: unknown = await runner.call('publish', { claim, step: 4 }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StatementRefused);
    expect(inHistory(error)).toContain('PostgreSQL refused');
    expect(inHistory(error)).not.toContain(PLANTED);
    await close(runner, claim, (toFailure(error) as Error).message);
    const kept = new RegExp(`${said}.*${PLANTED}`);
    expect(await test_.database.query(`select state, error from weir.runs`)).toEqual([
      { state: 'failed', error: expect.stringMatching(kept) as string },
    ]);
    await expect(throwWithRows(test_.database, pipeline.name, DAY1, toFailure(error))).rejects.toThrow(kept);
  });
});
