import type { Pipeline } from '../definition/pipeline';
import type { Timing } from '../definition/schedule';
import type { Duration, Instant } from '../time/time';
import { durationMs, instant, millis } from '../time/time';
import type { Window } from '../time/window';
import { WHOLE, windowAt, zoneOf } from '../time/window';

const AFTER: Duration = '15m';
const MINUTE_MS = 60_000;

/** How long after its end a window is due. */
const afterMs = (pipeline: Pick<Pipeline, 'schedule'>): number =>
  durationMs((pipeline.schedule !== 'manual' && pipeline.schedule?.after) || AFTER);

/** The pipeline's ticks, or null where it has none: a finished history, a table without windows and without cron, `schedule: 'manual'`. */
export function timingOf(pipeline: Pipeline): Timing | null {
  const { schedule, window } = pipeline;
  if (schedule === 'manual' || pipeline.until !== undefined) return null;
  if (schedule?.cron !== undefined) return { cron: schedule.cron, zone: schedule.zone ?? 'UTC' };
  if (window === 'whole') return null;
  const after = afterMs(pipeline);
  const zone = zoneOf(window);
  if (zone !== null) {
    const minutes = Math.floor(after / MINUTE_MS);
    return { zone, hour: Math.floor(minutes / 60) % 24, minute: minutes % 60 };
  }
  const everyMs = durationMs(window as Duration);
  return { everyMs, offsetMs: after % everyMs };
}

/** The newest window that is over and due at `nominal`; null before the first, and after the end of a finished history. */
export function dueAt(pipeline: Pipeline, nominal: Instant): Window | null {
  if (pipeline.window === 'whole') return WHOLE;
  // By the local clock a tick belongs to its day, however many hours that has had; else by the time since the window's end.
  const due = zoneOf(pipeline.window) !== null ? nominal : instant(millis(nominal) - afterMs(pipeline));
  const current = windowAt(pipeline.window, due);
  const over = windowAt(pipeline.window, instant(millis(current.start) - 1));
  if (pipeline.from && over.end <= pipeline.from) return null;
  if (pipeline.until && over.start >= pipeline.until) return null;
  return over;
}
