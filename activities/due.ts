import type { Due } from '../model/compile/due';
import { dueAt } from '../model/compile/due';
import type { Pipeline } from '../model/definition/pipeline';
import { historyOf } from '../model/definition/pipeline';
import type { DueWindows } from '../model/run/backfill';
import { factsOf } from '../model/run/pipelineFacts';
import type { Instant } from '../model/time/time';
import type { Window } from '../model/time/window';
import { isWhole, split, windowAt } from '../model/time/window';
import { compiled } from '../store/ledger/fingerprint';
import { isAskedSince, latestRun, scheduleGap, waitingWindows } from '../store/ledger/gaps';
import { assertNotMoved } from '../store/ledger/originLife';
import { asUnderWay } from '../store/ledger/runs';
import type { Database } from '../store/postgres/database';
import type { ActivityDependencies } from './context';
import { servedPipeline } from './context';

/**
 * What is due at a schedule's nominal time: the newest window that is over by then. Where the schedule was away for a while, also the
 * windows before it, back to the last published one, for which no run was ever asked. Only the calendar and the ledger are read, no clock.
 * @throws OriginsMoved before any window is asked for: those of the outage are then found as a gap by the first tick that may run.
 */
export async function dueWindows(
  room: ActivityDependencies,
  call: { pipeline: string; nominal: Instant },
): Promise<DueWindows> {
  const pipeline = servedPipeline(room, call.pipeline);
  await assertNotMoved(room.database, pipeline);
  const plan = compiled(pipeline);
  const facts = factsOf(pipeline);
  const epoch = await latestRun(room.database);
  const due = dueAt(pipeline, call.nominal);
  const windows = due === null ? [] : await owed(room.database, pipeline, due, call.nominal);
  if (pipeline.schedule !== 'manual' && pipeline.schedule?.first === 'newest') windows.reverse();
  return { plan, epoch, facts, windows: await asUnderWay(room.database, pipeline.name, windows) };
}

/** Oldest first: what an outage left, and what is due now; at a tick for another offset of the zone, only what no tick before it asked for. */
async function owed(database: Database, pipeline: Pipeline, due: Due, nominal: Instant): Promise<Window[]> {
  const { window, since, exact } = due;
  if (isWhole(window)) return exact || !(await isAskedSince(database, pipeline.name, since)) ? [window] : [];
  const gap = await scheduleGap(database, pipeline.name, exact ? window.start : window.end);
  const { start } = historyOf(pipeline, nominal);
  const missed = gap === null ? [] : split(pipeline.window, gap).filter((one) => one.start >= start);
  // Asked for before, when their files were not there yet or still being written.
  const waiting = (await waitingWindows(database, pipeline.name))
    .map((one) => windowAt(pipeline.window, one.start))
    .filter((one) => one.start >= start && one.start < window.start);
  return exact ? [...waiting, ...missed, window] : [...waiting, ...missed];
}
