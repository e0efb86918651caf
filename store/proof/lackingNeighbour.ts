import { reachedBy, readingsOf } from '../../model/compile/reach';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Curated } from '../../model/definition/table';
import { millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { physical } from '../postgres/identifiers';

/**
 * What the recomputation of `table` reads in another window, where that one is lacking or is of another calendar: it would differ because of that one. A
 * rerun of this window would spread the damage, one of the other (or `apply`) heals it.
 */
export function lackingNeighbour(
  register: readonly Pipeline[],
  pipeline: Pipeline,
  lacking: ReadonlyMap<string, readonly string[]>,
  foreign: readonly string[],
  table: Curated,
  window: Window,
): string | undefined {
  for (const reading of readingsOf(register, pipeline, table).filter(({ othersOnly }) => othersOnly)) {
    const { from, to, except } = reachedBy(reading, pipeline.window, window);
    const home = physical.curated(reading.table).replaceAll('"', '');
    for (const [start, relations] of lacking)
      if (start !== except && isWithin(start, from, to) && relations.includes(home))
        return `${home}, where rows are lacking`;
    if (foreign.some((start) => start !== except && isWithin(start, from, to)))
      return `${home}, where windows of another calendar are still shown`;
  }
  return undefined;
}

const isWithin = (start: string, from: string, to: string): boolean =>
  from === '-infinity' || (millis(start) >= millis(from) && (to === 'infinity' || millis(start) < millis(to)));
