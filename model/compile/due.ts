import type { Pipeline } from '../definition/pipeline';
import type { Timing } from '../definition/schedule';
import { minutesOf, newestAt } from '../time/cron';
import type { Instant } from '../time/time';
import { instant, millis } from '../time/time';
import { inUtc } from '../time/timesOfDay';
import type { Window } from '../time/window';
import { WHOLE, lengthOf, windowAt, zoneOf } from '../time/window';
import { afterOf, everyOf } from './mode';

const MINUTE_MS = 60_000;

/** What decides when a pipeline runs by itself. */
export type Scheduled = Pick<Pipeline, 'window' | 'until' | 'schedule' | 'freshness'>;

/** The pipeline's ticks, or null where it has none: a finished history, a table of one window without cron and promise, `schedule: 'manual'`. */
export function timingOf(pipeline: Scheduled): Timing | null {
  const { schedule, window } = pipeline;
  if (schedule === 'manual' || pipeline.until !== undefined) return null;
  if (schedule?.cron !== undefined) {
    const { cron, zone = 'UTC' } = schedule;
    return { utc: inUtc(zone, minutesOf(cron)), says: `cron ${cron} (${zone})` };
  }
  if (window === 'whole') {
    const everyMs = everyOf(pipeline);
    return everyMs === null ? null : { everyMs, offsetMs: 0 };
  }
  const after = afterOf(pipeline);
  const everyMs = lengthOf(window);
  if (everyMs !== null) return { everyMs, offsetMs: after % everyMs };
  const minutes = Math.floor(after / MINUTE_MS);
  const zone = zoneOf(window) ?? 'UTC';
  return { utc: inUtc(zone, [minutes % 1_440]), says: `${inWords(minutes)} after the end of each ${window}` };
}

/** What is due at a tick. `since`: when it fell due; `exact`: at this very tick, so that it runs whatever ran before. */
export interface Due {
  readonly window: Window;
  readonly since: Instant;
  readonly exact: boolean;
}

/**
 * The newest window that is over and due at `nominal`; null before the first, and after the end of a finished history. By the window's end in UTC, or
 * by cron on the clocks of its zone: what the clocks of a zone skip or repeat at that hour comes once.
 */
export function dueAt(pipeline: Pipeline, nominal: Instant): Due | null {
  const { window: grain, schedule, from, until } = pipeline;
  if (grain === 'whole') {
    const { cron, zone = 'UTC' } = (schedule !== 'manual' && schedule) || {};
    const since = cron === undefined ? nominal : newestAt(cron, zone, nominal);
    return since === null ? null : { window: WHOLE, since, exact: since === nominal };
  }
  const after = afterOf(pipeline);
  const current = windowAt(grain, instant(millis(nominal) - after));
  const window = windowAt(grain, instant(millis(current.start) - 1));
  if (from && window.end <= from) return null;
  if (until && window.start >= until) return null;
  const since = instant(millis(window.end) + after);
  // Ticks of windows of one length come when one is due, and only then; one that a person triggers asks for the newest.
  return { window, since, exact: since === nominal || lengthOf(grain) !== null };
}

const inWords = (minutes: number): string =>
  minutes % 1_440 === 0 && minutes > 0
    ? `${minutes / 1_440} d`
    : minutes % 60 === 0 && minutes > 0
      ? `${minutes / 60} h`
      : `${minutes} min`;
