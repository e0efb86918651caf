import type { Pipeline } from '../../model/definition/pipeline';
import type { Curated } from '../../model/definition/table';
import type { Window } from '../../model/time/window';
import { targetsOfTable } from '../ledger/targets';
import type { Tx } from '../postgres/database';
import { relationName } from '../postgres/identifiers';

/** Takes away what targets of `table` hold of other windows that begin within `window`, which weir did not publish; how many rows that were. */
export async function sweepInside(tx: Tx, pipeline: Pipeline, table: Curated, window: Window): Promise<number> {
  let gone = 0;
  for (const relation of targetsOfTable(pipeline, table).map(relationName))
    gone += await tx.run(`delete from ${relation} where _window > $1 and _window < $2`, [window.start, window.end]);
  return gone;
}
