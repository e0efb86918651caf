import type { Progress, UnbrokenRun } from '../../model/compile/freshness';
import { unbrokenUntil, walkedUntil } from '../../model/compile/freshness';
import { historyBounds } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { lengthOf } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import { onGrid } from './grid';

// Windows of the history that readers see, or whose hole is accepted. Parameters: pipeline, history's start and end, the windows' length.
const FILLED = `
      select window_start, window_end
        from weir.windows
       where pipeline = $1 and window_start >= $2 and window_start < $3 and published_at is not null and ${onGrid('$4')}
       union
      select window_start, window_end
        from weir.accepted
       where pipeline = $1 and window_start >= $2 and window_start < $3 and undone_at is null and ${onGrid('$4')}`;

/**
 * How far `pipeline` has come. What the ledger does not know at all is missing: the calendar is not listed, the windows that are there are chained,
 * each to the one that ends where it begins, and the first chain is held against the calendar by its ends and its number.
 */
export async function progressOf(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<Progress> {
  const { start, end } = historyBounds(pipeline);
  const values = [pipeline.name, start, end];
  if (pipeline.window === 'whole') {
    const [row] = await on.query<{ at: Instant | null }>(
      `select max(published_at) as at from weir.windows where pipeline = $1 and window_start = '-infinity'`,
      [pipeline.name],
    );
    return { newest: row!.at, completeUntil: null };
  }
  const size = lengthOf(pipeline.window);
  const [newest, [run]] = await Promise.all([
    on.query<{ end: Instant | null }>(
      `select max(window_end) as "end" from weir.windows
        where pipeline = $1 and window_start >= $2 and window_start < $3 and published_at is not null and ${onGrid('$4')}`,
      [...values, size],
    ),
    on.query<{ start: Instant; end: Instant; windows: string }>(
      `with chained as (
         select window_start, window_end, lag(window_end) over (order by window_start) as before
           from (${FILLED}) filled),
       broken as (
         select min(window_start) as at from chained where before <> window_start)
       select min(window_start) as start, max(window_end) as "end", count(*) as windows
         from chained cross join broken
        where broken.at is null or window_start < broken.at
       having count(*) > 0`,
      [...values, size],
    ),
  ]);
  const first: UnbrokenRun | null = run ? { ...run, windows: Number(run.windows) } : null;
  const completeUntil =
    unbrokenUntil(pipeline, first) ??
    walkedUntil(
      pipeline,
      await on.query<Window>(`select window_start as start, window_end as "end" from (${FILLED}) filled`, [
        ...values,
        size,
      ]),
    );
  return { newest: newest[0]!.end, completeUntil };
}
