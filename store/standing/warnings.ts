import { historyBounds } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { WHOLE, windowAt, windowName } from '../../model/time/window';
import type { Tx } from '../postgres/database';

/** A check that warns of what readers see. */
export interface Warning {
  readonly window: string;
  readonly table: string;
  readonly check: string;
  /** How many rows fail it. */
  readonly rows: number;
  /** What a check of the whole window saw. */
  readonly saw: string | null;
}

/** Published windows of which a check with `warn` fails, counted; the newest of them by name. */
export interface Warnings {
  readonly windows: number;
  readonly first: readonly Warning[];
}

/** What warns of the windows that readers see. By the answers of the runs that published them: a warning of a run that was overtaken is none. */
export async function warningsOf(
  on: Pick<Tx, 'query'>,
  pipeline: Pipeline,
  limit: number,
  range = historyBounds(pipeline),
): Promise<Warnings> {
  const rows = await on.query<{
    start: string;
    table: string;
    check: string;
    rows: string;
    saw: string | null;
    windows: string;
  }>(
    // From the warnings to their windows: few, and found by an index of their own.
    `with warned as (
       select w.window_start as start, c.table_name as "table", c.check_name as "check", c.rows, c.saw
         from weir.check_results c
         join weir.runs r on r.epoch = c.epoch and r.pipeline = $1
         join weir.windows w on w.pipeline = r.pipeline and w.window_start = r.window_start and w.published_epoch = c.epoch
        where c.severity = 'warn' and c.rows > 0 and w.window_start >= $2 and w.window_start < $3)
     select *, (select count(distinct start) from warned) as windows
       from warned
   order by start desc, "table", "check"
      limit $4`,
    [pipeline.name, range.start, range.end, limit],
  );
  return {
    windows: Number(rows[0]?.windows ?? 0),
    first: rows.map(({ start, table, check, rows: failing, saw }) => ({
      window: windowName(start === '-infinity' ? WHOLE : windowAt(pipeline.window, start as Instant)),
      table,
      check,
      rows: Number(failing),
      saw,
    })),
  };
}
