import { isWindowStart } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, isWhole, windowAt, windowName } from '../../model/time/window';
import { compiled } from '../ledger/fingerprint';
import { hasStaged } from './staged';
import type { WindowStatus } from '../ledger/windows';
import { knownWindows } from '../ledger/windows';
import type { Tx } from '../postgres/database';
import type { ForeignWindow } from './foreignWindows';
import { foreignWindows, replacing } from './foreignWindows';

/** A change from one calendar to another that readers do not see yet. */
export interface CalendarChange {
  /** What targets hold of the former calendar, and readers see. */
  readonly foreign: readonly ForeignWindow[];
  /** Windows that wait to be published, oldest first, with the runs that staged them: all that replace the former ones together, or none. */
  readonly staged: readonly { readonly window: Window; readonly epoch: number }[];
  /** Windows that replace former ones and are not staged as they should be now, and how they stand. */
  readonly waiting: readonly { readonly window: string; readonly state: WindowStatus['state'] }[];
}

/** How far the change of a pipeline's calendar is; null when targets hold no window of another one and nothing is staged. */
export async function calendarChange(
  on: Pick<Tx, 'query'>,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  now: Instant,
): Promise<CalendarChange | null> {
  const foreign = await foreignWindows(on, pipeline);
  if (foreign.length === 0 && !(await hasStaged(on, pipeline))) return null;
  const known = await knownWindows(on, { register, pipeline }, compiled(pipeline), WHOLE);
  return {
    foreign,
    staged: [...known.values()]
      .filter(({ state, window }) => state === 'staged' && isWindowStart(pipeline, window.start))
      .map(({ window, staged }) => ({
        window: isWhole(window) ? window : windowAt(pipeline.window, window.start),
        epoch: staged!.epoch,
      }))
      .sort((a, b) => (a.window.start < b.window.start ? -1 : 1)),
    waiting: replacing(pipeline, foreign, now).flatMap((window) => {
      const state = known.get(window.start)?.state ?? 'missing';
      return state === 'staged' ? [] : [{ window: windowName(window), state }];
    }),
  };
}
