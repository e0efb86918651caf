import type { Pipeline } from '../definition/pipeline';
import type { Window } from '../time/window';
import { split } from '../time/window';
import { foreignPipelines } from './dependencies';
import { overlaps, reachOfAll, widened } from './rangesAlong';

/** A window that what reads it must not be computed from: it did not come to its end, or stands as it was before. */
export interface Unsettled {
  readonly pipeline: string;
  readonly window: Window;
  /** `held`, `failed`, `missing`, `not run`, as people are told. */
  readonly why: string;
}

/** A window that is not to be run, and the one it reads that is why. */
interface Blocked {
  readonly window: Window;
  readonly by: Unsettled;
}

/** What of `range` may be run, as ranges of consecutive windows, and the windows that read something unsettled. */
export function withoutBlocked(
  register: readonly Pipeline[],
  pipeline: Pipeline,
  range: Window,
  unsettled: readonly Unsettled[],
): { ranges: Window[]; blocked: Blocked[] } {
  const reads = foreignPipelines(register, pipeline);
  const read = unsettled.filter((one) => reads.includes(one.pipeline));
  if (read.length === 0) return { ranges: [range], blocked: [] };
  const reach = reachOfAll(pipeline);
  const ranges: Window[] = [];
  const blocked: Blocked[] = [];
  for (const window of split(pipeline.window, range)) {
    const stretch = widened(pipeline.window, window, reach);
    const by = read.find((one) => overlaps(stretch, one.window));
    const last = ranges.at(-1);
    if (by) blocked.push({ window, by });
    else if (last?.end === window.start) ranges[ranges.length - 1] = { start: last.start, end: window.end };
    else ranges.push(window);
  }
  return { ranges, blocked };
}
