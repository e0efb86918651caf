import type { BackfillRequest } from '../../model/run/backfill';
import { countWindows } from '../../model/time/window';
import type { Definitions } from '../ledger/backfills';
import { backfillCounts } from '../ledger/backfills';
import type { Database } from '../postgres/database';

/** How a backfill stands, from the ledger alone: any worker anywhere may be doing the work. */
export interface Progress {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  /** Rows that running COPYs of this database have processed so far. */
  readonly copying: number;
}

export async function backfillProgress(
  database: Database,
  definitions: Definitions,
  order: BackfillRequest,
  epoch: number,
): Promise<Progress> {
  const [standing, copies] = await Promise.all([
    backfillCounts(database, definitions, order, epoch),
    database.query<{ rows: string }>(
      `select coalesce(max(tuples_processed), 0) as rows
         from pg_stat_progress_copy
        where datname = current_database() and command = 'COPY FROM' and relid::regclass::text like 'weir_cleaned.%'`,
    ),
  ]);
  const total = order.which === 'all' ? countWindows(order.plan.grain, order.range) : standing.done + standing.owed;
  return { done: standing.done, failed: standing.failed, total, copying: Number(copies[0]!.rows) };
}
