import { readFileSync } from 'node:fs';
import { transformSync } from 'esbuild';
import { createActivities } from '../../activities';
import type { Pipeline } from '../../model/definition/pipeline';
import type { BackfillRequest } from '../../model/run/backfill';
import type { RunKind } from '../../model/run/request';
import type { Activities } from '../../model/run/steps';
import { stepsOver } from '../../model/run/steps';
import { parseRange, parseWindow } from '../../model/time/window';
import { compiled } from '../../store/ledger/fingerprint';
import { windowStatuses } from '../../store/ledger/windows';
import type { Database } from '../../store/postgres/database';
import type { Boundary } from '../../store/postgres/failpoints';
import { failpoint } from '../../store/postgres/failpoints';
import { calledBy } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { runSteps } from '../../workflows/runWindow';
import { readingsCsv, sensors } from '../setup/sensors';

const DAY1 = parseWindow('1d', '2024-05-01');
const DAY2 = parseWindow('1d', '2024-05-02');

/** Calls activities as Temporal does: what throws is tried again as the next attempt of the same step. */
class Retrying {
  private readonly activities: Activities;
  private runs = 0;

  constructor(database: Database, register: readonly Pipeline[]) {
    this.activities = createActivities({ database, register });
  }

  async call<K extends keyof Activities>(
    runId: string,
    name: K,
    input: Parameters<Activities[K]>[0],
  ): Promise<Awaited<ReturnType<Activities[K]>>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await calledBy(runId, attempt).run(this.activities[name] as never, input as never)) as Awaited<
          ReturnType<Activities[K]>
        >;
      } catch (error) {
        if ((error as Error).message !== CRASH) throw error;
      }
    }
  }

  async run(pipeline: Pipeline, window: typeof DAY1, kind: RunKind = 'run'): Promise<string> {
    const runId = `run-${++this.runs}`;
    const request = { plan: compiled(pipeline), window, kind };
    return (
      await runSteps(
        stepsOver((name, input) => this.call(runId, name, input) as ReturnType<Activities[typeof name]>),
        request,
      )
    ).state;
  }

  /** A run that fails after its first step, and is closed. */
  async failing(pipeline: Pipeline, window: typeof DAY1): Promise<void> {
    const runId = `run-${++this.runs}`;
    const claim = await this.call(runId, 'claim', { plan: compiled(pipeline), window, kind: 'run' });
    await this.call(runId, 'close', { claim, step: 1, state: 'failed', error: 'a mistake' });
  }

  async backfill(pipeline: Pipeline): Promise<void> {
    const runId = `run-${++this.runs}`;
    const order: BackfillRequest = {
      plan: compiled(pipeline),
      range: parseRange('1d', '2024-05-01..2024-05-03'),
      which: 'all',
      kind: 'backfill',
      newestFirst: false,
      width: 1,
      maxFailedShare: 1,
    };
    const { epoch } = await this.call(runId, 'openBackfill', order);
    await this.call(runId, 'ingest', { claim: { order: { ...order, window: order.range }, epoch }, step: 1 });
    for (const window of [DAY1, DAY2]) await this.run(pipeline, window, 'backfill');
    await this.call(runId, 'finishBackfill', { epoch, state: 'published', done: 2, failed: 0 });
  }
}

const CRASH = 'cut off here';
/** Each run tries every fifth commit, another fifth each time; `npm run test:long` tries all. */
const STEP = process.env['WEIR_TEST_COMMITS'] === 'all' ? 1 : 5;
const FIRST = Math.floor(Date.now() / 60_000);

/** Everything a run can do: two files, a repeat, a late and a bad record, a changed file, a failure, a backfill, a closed gate. */
async function story(test_: TestDatabase, key: string[], at: (boundary: Boundary) => void): Promise<unknown> {
  const { pipeline, files } = sensors({ key, latestBy: true });
  const { database } = test_;
  await test_.empty();
  const driver = new Retrying(database, [pipeline]);
  const write = (name: string, ...rows: string[]): void => files.write(name, readingsCsv(...rows));
  failpoint.at = at;
  try {
    write('a.csv', '2024-05-01T01:00Z north 1 1', '2024-05-01T02:00Z south 2 1', '2024-05-01T03:00Z west none 1');
    await driver.run(pipeline, DAY1);
    write('b.csv', '2024-05-02T01:00Z north 3 2', '2024-05-01T09:00Z east 4 1', '2024-05-01T09:00Z east 4 1');
    await driver.run(pipeline, DAY2);
    write('a.csv', '2024-05-01T01:00Z north 5 3', '2024-05-02T02:00Z south 6 2');
    await driver.run(pipeline, DAY1);
    await driver.failing(pipeline, DAY2);
    await driver.backfill(pipeline);
    // Six readings of one sensor in a day: more than its gate lets pass, where the key lets them be.
    write('c.csv', ...[1, 2, 3, 4, 5, 6].map((hour) => `2024-05-02T1${hour}:00Z up 1 ${hour}`));
    expect(await driver.run(pipeline, DAY2)).toBe(key.includes('at') ? 'held' : 'published');
    return await told(database, pipeline);
  } finally {
    failpoint.at = () => undefined;
  }
}

/** What must be the same wherever it was cut off. Not how many rows an ingest had to do: its next attempt finds them done. */
async function told(database: Database, pipeline: Pipeline): Promise<unknown> {
  const lines = async (select: string): Promise<string[]> =>
    (await database.query<{ line: string }>(`select t::text as line from (${select}) t order by 1`)).map(
      ({ line }) => line,
    );
  return {
    cleaned: await lines(
      `select o.origin, c._record, c._live, c.at, c.sensor, c.value from weir_cleaned.sensors_readings c join weir.deliveries o on o.id = c._delivery`,
    ),
    letters: await lines(
      `select o.origin, l.record, l.reason from weir.dead_letters l join weir.deliveries o on o.id = l.delivery`,
    ),
    curated: await lines(`select * from weir_curated.sensors_daily`),
    published: await lines(`select * from marts.sensors_daily`),
    stage: await lines(`select * from weir_stage.sensors_daily`),
    windows: (await windowStatuses(database, [pipeline], pipeline, parseRange('1d', '2024-05-01..2024-05-03'))).map(
      ({ publishedAt, ...status }) => ({ ...status, published: publishedAt !== null }),
    ),
    touched: await lines(`select table_name, window_start, sum(facts) from weir.touched group by 1, 2`),
    runs: await lines(`select kind, state, error from weir.runs`),
    steps: await lines(
      `select r.kind, s.step, s.name, s.table_name, case when s.name <> 'ingest' then s.rows_out end from weir.steps s join weir.runs r using (epoch)`,
    ),
    raw: await lines(`select o.origin, d.digest from weir.origins o join weir.deliveries d on d.id = o.delivery`),
  };
}

describe.each([
  ['that stays in its window', ['at', 'sensor']],
  ['that may move', ['sensor']],
])('every commit of every step, with a key %s', (_, key) => {
  let test_: TestDatabase;
  beforeAll(async () => void (test_ = await testDatabase([sensors({ key }).pipeline])));
  afterAll(() => test_.close());

  test('cut off before it, or before its answer: the same end', async () => {
    const boundaries: Boundary[] = [];
    const undisturbed = await story(test_, key, (boundary) => boundaries.push(boundary));
    // Found by running, so that a new step is among them; enough that the hook is surely there.
    expect(boundaries.length).toBeGreaterThan(40);
    for (let cut = FIRST % STEP; cut < boundaries.length; cut += STEP) {
      let count = -1;
      const end = await story(test_, key, () => {
        if (++count === cut) throw new Error(CRASH);
      });
      expect({ cut: boundaries[cut], end }).toEqual({ cut: boundaries[cut], end: undisturbed });
    }
  }, 240_000);
});

test('a build has no failpoints', () => {
  // As scripts/launch/prepare.mjs builds it.
  expect(readFileSync('scripts/launch/prepare.mjs', 'utf8')).toContain(`'globalThis.WEIR_FAILPOINTS': 'false'`);
  const built = transformSync(readFileSync('store/postgres/database.ts', 'utf8'), {
    loader: 'ts',
    define: { 'globalThis.WEIR_FAILPOINTS': 'false' },
  }).code;
  expect(built).toMatch(/failpoint\.at\(/);
  expect(built.replace(/if \(false\)[^\n]*/g, '')).not.toMatch(/failpoint\.at\(/);
});
