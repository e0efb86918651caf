import { historyBounds, isBefore } from '../definition/history';
import type { Pipeline } from '../definition/pipeline';
import type { Reach } from '../definition/reads';
import { reachOf, stretched } from '../definition/reads';
import type { Instant } from '../time/time';
import { instant, millis } from '../time/time';
import type { Grain, Window } from '../time/window';
import { WHOLE, isWhole, windowAt } from '../time/window';
import type { Side } from './dependencies';
import { allOn, foreignPipelines } from './dependencies';

/** A stretch of event time in milliseconds; infinite on both sides where a table has no windows. */
interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** A pipeline and what of it is wanted. */
export interface PipelineRange {
  readonly pipeline: Pipeline;
  readonly range: Window;
}

const ALL: Stretch = { from: -Infinity, to: Infinity };

/**
 * `range` of `pipeline`, and what of the pipelines on `sides` of it belongs to that, each after those that it reads: upstream the windows
 * that are read, through the reach of who reads them; downstream those that read. A pipeline without windows is wanted whole; one whose
 * history has nothing there is left out.
 */
export function rangesAlong(
  register: readonly Pipeline[],
  pipeline: Pipeline,
  range: Window,
  sides: readonly Side[],
  now: Instant,
): PipelineRange[] {
  const up = sides.includes('upstream') ? allOn('upstream', register, pipeline) : [];
  const down = sides.includes('downstream') ? allOn('downstream', register, pipeline) : [];
  const wanted = new Map<Pipeline, Window>([[pipeline, range]]);
  const reads = (reader: Pipeline, read: Pipeline): boolean => foreignPipelines(register, reader).includes(read.name);
  const along = (one: Pipeline, stretches: readonly Stretch[]): void => {
    const window = stretches.length > 0 && windowsOf(one, union(stretches), now);
    if (window) wanted.set(one, window);
  };
  for (const one of up.toReversed())
    along(
      one,
      [...wanted]
        .filter(([reader]) => reads(reader, one))
        .map(([reader, its]) => widened(reader.window, its, reachOfAll(reader))),
    );
  for (const one of down) {
    // A window reads so far before and after itself: what changed there is read by those so far after and before.
    const back: Reach = reachOfAll(one).map(({ before, after }) => ({
      ...(after && { before: after }),
      ...(before && { after: before }),
    }));
    along(
      one,
      [...wanted]
        .filter(([read]) => !up.includes(read) && reads(one, read))
        .map(([, its]) => widened(one.window, its, back)),
    );
  }
  return [...up, pipeline, ...down].flatMap((one) => {
    const mine = wanted.get(one);
    return mine ? [{ pipeline: one, range: mine }] : [];
  });
}

/** What any select of a pipeline reads beside its windows. */
export const reachOfAll = ({ curated }: Pipeline): Reach => curated.flatMap(reachOf);

/** The event time that a range of windows of `grain` reads, or that is read by it, with `reach` around it. */
export function widened(grain: Grain, range: Window, reach: Reach): Stretch {
  if (isWhole(range)) return ALL;
  const { start, end } = stretched(grain, range, reach);
  return { from: millis(start), to: millis(end) };
}

const stretchOf = (window: Window): Stretch => widened('1d', window, []);

/** True when a moment of `window` lies in the stretch. */
export function overlaps(stretch: Stretch, window: Window): boolean {
  const { from, to } = stretchOf(window);
  return from < stretch.to && stretch.from < to;
}

const union = (stretches: readonly Stretch[]): Stretch => ({
  from: Math.min(...stretches.map(({ from }) => from)),
  to: Math.max(...stretches.map(({ to }) => to)),
});

/** The windows of the history that a stretch overlaps and that have begun, as one range; null where there are none. */
function windowsOf(pipeline: Pipeline, { from, to }: Stretch, now: Instant): Window | null {
  const { window: grain } = pipeline;
  const bounds = historyBounds(pipeline);
  if (grain === 'whole' || isWhole(bounds)) return WHOLE;
  const current = windowAt(grain, now);
  const last = bounds.end === 'infinity' || isBefore(current.end, bounds.end) ? current.end : bounds.end;
  const start =
    from === -Infinity || isBefore(instant(from), bounds.start) ? bounds.start : windowAt(grain, instant(from)).start;
  const end = to === Infinity || isBefore(last, instant(to)) ? last : windowAt(grain, instant(to - 1)).end;
  return isBefore(start, end) ? { start, end } : null;
}
