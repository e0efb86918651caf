import { counted } from '../../model/run/counted';
import { checksFingerprint, compiled } from '../ledger/fingerprint';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Window } from '../../model/time/window';
import { firstStart, split, windowName } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import type { Compared } from './compared';

const SHOWN = 3;

/**
 * Windows that were published under other checks, whatever else is out of date of them: their rows may be right, and whether their gates would
 * let them out nobody asked.
 */
export async function uncheckedWindows(on: Pick<Tx, 'query'>, pipeline: Pipeline, range: Window): Promise<Compared[]> {
  const rows = await on.query<{ start: string }>(
    `select window_start as start
       from weir.windows
      where pipeline = $1 and window_start >= $2 and window_start < $3 and published_at is not null
        and $4::text is not null and checks is distinct from $4`,
    [pipeline.name, firstStart(pipeline.window, range), range.end, checksFingerprint(compiled(pipeline))],
  );
  const others = new Set(rows.map(({ start }) => start));
  const unchecked = split(pipeline.window, range).filter(({ start }) => others.has(start));
  if (unchecked.length === 0) return [];
  return [
    {
      ...{ layer: 'target', table: 'checks', window: 'range', equal: false },
      owed: 'unchecked: published under other checks',
      stored: `${counted(unchecked.length, 'window')} under other checks`,
      recomputed: 'all under the present ones',
      differing: unchecked
        .slice(0, SHOWN)
        .map((window) => `stored ${windowName(window)}: its present checks were not asked`),
    },
  ];
}
