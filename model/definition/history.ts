import type { Instant } from '../time/time';
import { millis } from '../time/time';
import type { Window } from '../time/window';
import { WHOLE, isWhole, rangeName, wholeWindows, windowAt, windowName } from '../time/window';
import type { PipelineDefinition } from './pipeline';

type Calendar = Pick<PipelineDefinition, 'window' | 'from' | 'until'>;

/** The history in whole windows, from the first one to the end of the last; an open one has no end. */
export function historyBounds({ window: grain, from, until }: Calendar): Window {
  if (grain === 'whole' || !from) return WHOLE;
  const start = windowAt(grain, from).start as Instant;
  return wholeWindows(grain, { start, end: until ?? 'infinity' });
}

/** What records must lie in where others become dead letters; undefined where they are kept. */
export const cleanedHistory = (pipeline: PipelineDefinition): Window | undefined =>
  pipeline.outside === 'deadLetter' ? historyBounds(pipeline) : undefined;

/** True when a window of the pipeline's calendar, within its history, starts there. */
export function isWindowStart(calendar: Calendar, start: Window['start']): boolean {
  if (calendar.window === 'whole' || start === '-infinity') return calendar.window === 'whole' && start === '-infinity';
  const bounds = historyBounds(calendar);
  return (
    windowAt(calendar.window, start).start === start &&
    !isBefore(start, bounds.start) &&
    (bounds.end === 'infinity' || isBefore(start, bounds.end))
  );
}

/** True when a part of `range` lies before the history begins or after it ends. */
export function reachesOutside(calendar: Calendar, range: Window): boolean {
  const bounds = historyBounds(calendar);
  if (isWhole(bounds) || isWhole(range)) return false;
  return (
    isBefore(range.start, bounds.start) ||
    (bounds.end !== 'infinity' && (range.end === 'infinity' || isBefore(bounds.end, range.end)))
  );
}

/** `2024-05-01..2024-06-01`, or `2024-05-01 on` of an open history. */
export function historyName(calendar: Calendar): string {
  const bounds = historyBounds(calendar);
  if (bounds.end !== 'infinity' || isWhole(bounds)) return rangeName(bounds);
  return `${windowName(windowAt(calendar.window, bounds.start as Instant))} on`;
}

export const isBefore = (a: string, b: string): boolean => millis(a as Instant) < millis(b as Instant);
