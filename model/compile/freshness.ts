import { historyBounds } from '../definition/history';
import type { Pipeline } from '../definition/pipeline';
import { nextAt } from '../time/cron';
import type { Instant } from '../time/time';
import { durationMs, instant, millis } from '../time/time';
import type { Window } from '../time/window';
import { countWindows, windowAt } from '../time/window';
import { timingOf } from './due';
import { afterOf } from './mode';

type Promised = Pick<Pipeline, 'window' | 'from' | 'until' | 'freshness' | 'schedule'>;

/** How far a pipeline has come, by its ledger. */
export interface Progress {
  /** End of the newest published window; of a table of one window, when it was last published. Null: nothing ever was. */
  readonly newest: Instant | null;
  /** Before this moment every window of the history is published, or its hole accepted; null for a table of one window. */
  readonly completeUntil: Instant | null;
}

/** Whether a pipeline keeps its promise, and by how much. */
export interface Freshness {
  /** Now minus the end of the newest published window; null where nothing is published, or the history has an end. */
  readonly ageMs: number | null;
  readonly completeUntil: Instant | null;
  /** True when a window that is due by the schedule is neither published nor accepted. */
  readonly dueBehind: boolean;
  readonly promise: NonNullable<Pipeline['freshness']> | null;
  /** Kept, or later than `warnAfter` or `errorAfter` allow; null where nothing is promised. */
  readonly verdict: 'kept' | 'warn' | 'broken' | null;
  /** Which of the two numbers says so: nothing new came, or a hole lies behind what came. */
  readonly because: 'nothing published' | 'age' | 'hole' | null;
  /** The next window that falls due by the schedule, and when; null where none does. */
  readonly next: { readonly window: Window; readonly at: Instant } | null;
}

/**
 * Judges `progress` at `now`: the promise is kept when the age and the moment until which all is complete both keep it. A history with an end is
 * judged by completeness alone, a table of one window by its last publish.
 */
export function freshnessOf(pipeline: Promised, progress: Progress, now: Instant): Freshness {
  const { window: grain, until, freshness = null } = pipeline;
  const bounds = historyBounds(pipeline);
  const ageMs = progress.newest === null ? null : Math.max(0, millis(now) - millis(progress.newest));
  const facts = { completeUntil: progress.completeUntil, promise: freshness, next: nextDue(pipeline, now) };
  if (grain === 'whole') {
    const verdict = freshness && (ageMs === null ? 'broken' : verdictOf(freshness, ageMs));
    return { ...facts, ageMs, dueBehind: false, verdict, because: blame(verdict, progress, false) };
  }
  const complete = millis(progress.completeUntil ?? (bounds.start as Instant));
  const isComplete = bounds.end !== 'infinity' && complete >= millis(bounds.end);
  // What a finished history lacks is as old as the hole, however long ago the history ended.
  const lagMs = isComplete ? 0 : Math.max(0, millis(now) - complete);
  const oldest = until !== undefined || ageMs === null ? lagMs : Math.max(lagMs, ageMs);
  const verdict = freshness && verdictOf(freshness, oldest);
  return {
    ...facts,
    ageMs: until === undefined ? ageMs : null,
    dueBehind: !isComplete && millis(windowAt(grain, instant(complete)).end) + afterOf(pipeline) <= millis(now),
    verdict,
    because: blame(verdict, progress, until !== undefined || ageMs === null || ageMs < lagMs),
  };
}

const verdictOf = (
  { warnAfter, errorAfter }: NonNullable<Pipeline['freshness']>,
  ms: number,
): 'kept' | 'warn' | 'broken' =>
  ms > durationMs(errorAfter) ? 'broken' : warnAfter !== undefined && ms > durationMs(warnAfter) ? 'warn' : 'kept';

function blame(verdict: Freshness['verdict'], { newest }: Progress, hole: boolean): Freshness['because'] {
  if (verdict === null || verdict === 'kept') return null;
  return newest === null ? 'nothing published' : hole ? 'hole' : 'age';
}

/** The first window that is due after `now`, and when. */
function nextDue(pipeline: Promised, now: Instant): Freshness['next'] {
  const timing = timingOf(pipeline);
  if (timing === null) return null;
  if (pipeline.window === 'whole') {
    if (!('everyMs' in timing)) {
      const { cron, zone = 'UTC' } = (pipeline.schedule !== 'manual' && pipeline.schedule) || {};
      const at = cron === undefined ? null : nextAt(cron, zone, now);
      return at && { window: historyBounds(pipeline), at };
    }
    const at = instant((Math.floor(millis(now) / timing.everyMs) + 1) * timing.everyMs);
    return { window: historyBounds(pipeline), at };
  }
  const first = historyBounds(pipeline).start as Instant;
  const due = millis(now) - afterOf(pipeline);
  const window = windowAt(pipeline.window, due < millis(first) ? first : instant(due));
  return { window, at: instant(millis(window.end as Instant) + afterOf(pipeline)) };
}

/** Windows that follow one another without a gap: the span they cover, and how many they are. */
export interface UnbrokenRun {
  readonly start: Instant;
  readonly end: Instant;
  readonly windows: number;
}

/**
 * The end of the unbroken run of windows from the history's start, given the first such run that the ledger has within the history. Null where the
 * run holds windows of another calendar too, so that only its windows one by one can tell (`walkedUntil`).
 */
export function unbrokenUntil(calendar: Promised, run: UnbrokenRun | null): Instant | null {
  const { start } = historyBounds(calendar);
  if (run === null || millis(run.start) !== millis(start as Instant)) return start as Instant;
  const last = windowAt(calendar.window, instant(millis(run.end) - 1));
  if (last.end !== run.end || countWindows(calendar.window, run) !== run.windows) return null;
  return run.end;
}

/** The same from the windows themselves, by their starts. */
export function walkedUntil(calendar: Promised, windows: readonly Window[]): Instant {
  const ends = new Map(windows.map(({ start, end }) => [start, end]));
  let at = historyBounds(calendar).start as Instant;
  for (;;) {
    const window = windowAt(calendar.window, at);
    if (ends.get(window.start) !== window.end) return at;
    at = window.end as Instant;
  }
}
