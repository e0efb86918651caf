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
 * What is due at a schedule's nominal time: the newest window that is over then, and those between the last published one and it that no run was ever asked for
 * (the schedule was away). Calendars and the ledger answer; nothing reads the time it is now.
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
