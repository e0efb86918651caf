import { createActivities } from '../../activities';
import { generator } from '../../bench/chaos/generator';
import type { Pipeline } from '../../model/definition/pipeline';
import type { BackfillRequest } from '../../model/run/backfill';
import type { Activities } from '../../model/run/steps';
import { stepsOver } from '../../model/run/steps';
import type { Window } from '../../model/time/window';
import { split, windowName } from '../../model/time/window';
import { compiled } from '../../store/ledger/fingerprint';
import { windowStatuses } from '../../store/ledger/windows';
import type { Database } from '../../store/postgres/database';
import { failpoint } from '../../store/postgres/failpoints';
import { calledBy } from '../../testing/activityRunner';
import { testDatabase } from '../../testing/testDatabase';
import { runSteps } from '../../workflows/runWindow';
import { BAD, dayWindow, sixtyDays } from '../setup/sixtyDays';

// Sixty days, three of them bad: what is held and what is published is the same in whatever order a backfill takes them.

const KILLED = 'killed here';
let runs = 0;

/** Calls an activity as Temporal does: one that was killed is tried again. */
async function call<K extends keyof Activities>(
  activities: Activities,
  run: string,
  name: K,
  input: Parameters<Activities[K]>[0],
): Promise<Awaited<ReturnType<Activities[K]>>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await calledBy(run, attempt).run(activities[name] as never, input as never)) as Awaited<
        ReturnType<Activities[K]>
      >;
    } catch (error) {
      if ((error as Error).message !== KILLED) throw error;
    }
  }
}

/** What the backfill's workflow does, without Temporal, with the windows in an order of the test's own. */
async function backfill(
  database: Database,
  pipeline: Pipeline,
  range: Window,
  order: (windows: Window[]) => Window[],
  width: number,
): Promise<void> {
  const activities = createActivities({ database, register: [pipeline] });
  const plan = compiled(pipeline);
  const run = `backfill-${++runs}`;
  const request: BackfillRequest = {
    ...{ plan, range, which: 'all', kind: 'backfill', newestFirst: false, width, maxFailedShare: 1 },
  };
  const { epoch } = await call(activities, run, 'openBackfill', request);
  if (plan.shared)
    await call(activities, run, 'ingest', {
      claim: { order: { plan, window: range, kind: 'backfill' }, epoch },
      step: 1,
    });
  const waiting = order(split(pipeline.window, range));
  const worker = async (): Promise<void> => {
    for (let window = waiting.shift(); window; window = waiting.shift()) {
      const id = `run-${++runs}`;
      const steps = stepsOver(
        (name, input) => call(activities, id, name, input) as ReturnType<Activities[typeof name]>,
      );
      await runSteps(steps, { plan, window, kind: 'backfill' });
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  await call(activities, run, 'finishBackfill', { epoch, state: 'published', done: 0, failed: 0 });
}

/** Each window's state and digest after a backfill of all of them, on a database of its own; `kills` one commit in so many. */
async function after(order: (windows: Window[]) => Window[], width = 1, kills = 0): Promise<string[]> {
  const { pipeline, range } = sixtyDays();
  const { database, close } = await testDatabase([pipeline]);
  const chance = generator(7);
  try {
    failpoint.at = () => {
      if (kills > 0 && chance() < 1 / kills) throw new Error(KILLED);
    };
    globalThis.WEIR_FAILPOINTS = kills > 0;
    await backfill(database, pipeline, range, order, width);
    globalThis.WEIR_FAILPOINTS = false;
    const statuses = await windowStatuses(database, [pipeline], pipeline, range);
    return statuses.map(({ window, state, digest }) => `${window} ${state} ${digest}`);
  } finally {
    globalThis.WEIR_FAILPOINTS = false;
    failpoint.at = () => undefined;
    await close();
  }
}

const oldestFirst = (windows: Window[]): Window[] => windows;
const newestFirst = (windows: Window[]): Window[] => windows.reverse();
const shuffled = (windows: Window[]): Window[] => {
  const chance = generator(11);
  return windows
    .map((window) => ({ window, place: chance() }))
    .sort((a, b) => a.place - b.place)
    .map(({ window }) => window);
};

test('sixty days with three bad ones: the same are held and the same is published, in any order, at any width, with kills', async () => {
  const calm = await after(oldestFirst);
  const bad = [...BAD.keys()].map((day) => windowName(dayWindow(day)));
  expect(calm.filter((line) => line.includes('held')).map((line) => line.split(' ')[0])).toEqual(bad);
  expect(calm.filter((line) => line.includes('published'))).toHaveLength(calm.length - bad.length);
  expect(await after(newestFirst)).toEqual(calm);
  expect(await after(shuffled, 8, 20)).toEqual(calm);
}, 180_000);
