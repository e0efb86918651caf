import { isWindowStart } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Window } from '../../model/time/window';
import { targetsOf } from '../ledger/targets';
import type { Tx } from '../postgres/database';

/** A window that a target holds and that is none of the pipeline's calendar: of another grain, or outside its history. */
export interface ForeignWindow {
  readonly table: string;
  readonly relation: string;
  readonly window: Window;
}

/** Windows of another calendar that targets still hold, oldest first. Readers see their rows. */
export async function foreignWindows(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<ForeignWindow[]> {
  const relations = targetsOf(pipeline).map(({ relation }) => relation);
  const rows = await on.query<Window & { table: string; relation: string }>(
    `select table_name as "table", relation, window_start as start, window_end as "end"
       from weir.targets
      where pipeline = $1 and relation = any ($2)
   order by window_start, relation`,
    [pipeline.name, relations],
  );
  return rows
    .filter(({ start }) => !isWindowStart(pipeline, start))
    .map(({ table, relation, start, end }) => ({ table, relation, window: { start, end } }));
}
