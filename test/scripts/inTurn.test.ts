import type { Pipeline } from '../../model';
import { bigint, curated, date, sql } from '../../model';
import type { PipelineRange } from '../../model/compile/rangesAlong';
import { OriginsMoved } from '../../model/run/errors';
import { parseRange, rangeName, split } from '../../model/time/window';
import { inTurn } from '../../scripts/session/inTurn';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const RANGE = parseRange('1d', '2024-05-01..2024-05-04');

/** A pipeline whose days are made from those of `read`. */
function reading(name: string, read: Pipeline['curated'][number]): ReturnType<typeof sensors> {
  const daily = curated({
    name: `${name}_daily`,
    columns: { day: date(), readings: bigint() },
    key: ['day'],
    select: ({ window }) => sql`
      select d.day, sum(d.readings)::bigint as readings
        from (select day, readings, day::timestamp at time zone 'utc' as at from ${read}) d
       where ${window.covers('d.at')}
       group by 1`,
  });
  return { ...sensors({ name, more: { curated: [daily], publish: [] } }), daily };
}

describe('several pipelines in turn', () => {
  const up = sensors({ name: 'up' });
  const down = reading('down', up.daily);
  const last = reading('last', down.daily);
  const apart = sensors({ name: 'apart' });
  const pipelines = [up, down, last, apart].map(({ pipeline }) => pipeline);
  const wanted = pipelines.map((pipeline) => ({ pipeline, range: RANGE }));
  let test_: TestDatabase;
  let said: string;
  let ran: string[];
  beforeEach(async () => {
    test_ = await testDatabase(pipelines);
    said = '';
    ran = [];
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => ((said += String(text)), true));
    for (const { files } of [up, down, last, apart])
      files.write('a.csv', readingsCsv(...[1, 2, 3].map((day) => `2024-05-0${day}T08:00Z north 1 1`)));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await test_.close();
  });

  /** Does what a backfill does, and ends as one does. */
  async function backfill({ pipeline, range }: PipelineRange): Promise<number> {
    ran.push(`${pipeline.name} ${rangeName(range)}`);
    let failed = 0;
    for (const window of split('1d', range)) {
      const { state } = await new ActivityRunner(test_.database, pipelines).run(pipeline, window);
      if (state !== 'published') failed++;
    }
    if (failed > 0) throw Object.assign(new Error(`${failed} windows failed`), { type: 'BackfillFailed' });
    return 0;
  }
  const turn = (
    work: (one: PipelineRange) => Promise<number> = backfill,
    interrupted = new AbortController().signal,
  ): Promise<number> => inTurn({ pipelines }, wanted, {}, { database: test_.database, interrupted }, work);

  test('all is well: each once, whole', async () => {
    expect(await turn()).toBe(0);
    expect(ran).toEqual(['up', 'down', 'last', 'apart'].map((name) => `${name} 2024-05-01..2024-05-04`));
    expect(said).toBe('');
  });

  test('a window that reads a held one is not run and is listed with why, through any number of pipelines; the others are', async () => {
    const six = [1, 2, 3, 4, 5, 6].map((hour) => `2024-05-02T0${hour}:00Z north 1 1`);
    up.files.write('a.csv', readingsCsv('2024-05-01T08:00Z north 1 1', ...six, '2024-05-03T08:00Z north 1 1'));
    expect(await turn()).toBe(1);
    expect(ran).toEqual([
      'up 2024-05-01..2024-05-04',
      'down 2024-05-01..2024-05-02',
      'down 2024-05-03..2024-05-04',
      'last 2024-05-01..2024-05-02',
      'last 2024-05-03..2024-05-04',
      'apart 2024-05-01..2024-05-04',
    ]);
    expect(said).toContain('down: 1 of 3 windows are not run');
    expect(said).toContain('  2024-05-02  reads up 2024-05-02: held\n');
    expect(said).toContain('  2024-05-02  reads down 2024-05-02: not run\n');
    // The right rows are there again: the same command does the rest.
    up.files.write('a.csv', readingsCsv(...[1, 2, 3].map((day) => `2024-05-0${day}T08:00Z north 1 1`)));
    expect(await turn()).toBe(0);
  });

  test('what ended before its windows did is read by none, though its windows were published once; the worst code is the answer', async () => {
    expect(await turn()).toBe(0);
    ran = [];
    const moved = ({ pipeline, range }: PipelineRange): Promise<number> =>
      pipeline.name === 'up' ? Promise.reject(new OriginsMoved('its folder')) : backfill({ pipeline, range });
    expect(await turn(moved)).toBe(3);
    expect(ran).toEqual(['apart 2024-05-01..2024-05-04']);
    expect(said).toContain('  2024-05-03  reads up 2024-05-03: not run\n');
  });

  test('who is interrupted is told what has not begun, and it is not well', async () => {
    const person = new AbortController();
    const interrupting = async (one: PipelineRange): Promise<number> => {
      await backfill(one);
      person.abort(new Error('stopped'));
      return 0;
    };
    expect(await turn(interrupting, person.signal)).toBe(1);
    expect(ran).toEqual(['up 2024-05-01..2024-05-04']);
    expect(said).toContain(
      'not begun: down 2024-05-01..2024-05-04, last 2024-05-01..2024-05-04, apart 2024-05-01..2024-05-04; the same command goes on with them\n',
    );
  });
});
