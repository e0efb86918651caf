import { dueAt } from '../model/compile/due';
import { historyOf } from '../model/definition/pipeline';
import type { DueWindows } from '../model/run/backfill';
import type { Instant } from '../model/time/time';
import { split } from '../model/time/window';
import { compiled } from '../store/ledger/fingerprint';
import { scheduleGap, latestRun } from '../store/ledger/gaps';
import type { ActivityDependencies } from './context';
import { servedPipeline } from './context';

/**
 * What is due at a schedule's nominal time: the newest window that is over by then. Where the schedule was away for a while, also the
 * windows before it, back to the last published one, for which no run was ever asked. Only the calendar and the ledger are read, no clock.
 */
export async function dueWindows(
  room: ActivityDependencies,
  call: { pipeline: string; nominal: Instant },
): Promise<DueWindows> {
  const pipeline = servedPipeline(room, call.pipeline);
  const plan = compiled(pipeline);
  const epoch = await latestRun(room.database);
  const due = dueAt(pipeline, call.nominal);
  if (due === null) return { plan, epoch, windows: [] };
  const gap = await scheduleGap(room.database, pipeline.name, due);
  const missing = gap === null ? [] : split(pipeline.window, gap);
  const { start } = historyOf(pipeline, call.nominal);
  return { plan, epoch, windows: [...missing.filter((window) => window.start >= start), due] };
}
