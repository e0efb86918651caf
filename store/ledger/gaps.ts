import type { Window } from '../../model/time/window';
import { isWhole } from '../../model/time/window';
import type { Database } from '../postgres/database';

/** The newest run that there is: what is published later was run since. */
export async function latestRun(database: Database): Promise<number> {
  const [row] = await database.query<{ epoch: string }>(`select coalesce(max(epoch), 0) as epoch from weir.runs`);
  return Number(row!.epoch);
}

/** Between the newest window before `due` that the ledger knows a run of, and `due`; null where there is nothing between, or nothing before. */
export async function scheduleGap(database: Database, pipeline: string, due: Window): Promise<Window | null> {
  if (isWhole(due)) return null;
  const [row] = await database.query<{ end: string | null }>(
    `select max(window_end) as end from weir.windows where pipeline = $1 and window_start < $2 and epoch > 0`,
    [pipeline, due.start],
  );
  return row!.end !== null && row!.end < due.start ? { start: row!.end, end: due.start } : null;
}
