import { historyOf } from '../model/pipeline';
import { compilePlan } from '../model/plan';
import { dueAt } from '../model/schedule';
import type { DueWindows } from '../model/steps';
import type { Instant } from '../model/time';
import { split } from '../model/window';
import { fingerprint } from '../store/fingerprint';
import { gapBefore, newestEpoch } from '../store/due';
import type { Room } from './context';
import { served } from './context';

/**
 * What is due at a schedule's nominal time: the newest window that is over then, and those between the last published one and it that no run was ever asked for
 * (the schedule was away). Calendars and the ledger answer; nothing reads the time it is now.
 */
export async function dueWindows(room: Room, call: { pipeline: string; nominal: Instant }): Promise<DueWindows> {
  const pipeline = served(room, call.pipeline);
  const plan = compilePlan(pipeline, fingerprint);
  const epoch = await newestEpoch(room.database);
  const due = dueAt(pipeline, call.nominal);
  if (due === null) return { plan, epoch, windows: [] };
  const gap = await gapBefore(room.database, pipeline.name, due);
  const missing = gap === null ? [] : split(pipeline.window, gap);
  const { start } = historyOf(pipeline, call.nominal);
  return { plan, epoch, windows: [...missing.filter((window) => window.start >= start), due] };
}
