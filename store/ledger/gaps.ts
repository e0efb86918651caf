import { SourceWaits } from '../../model/run/errors';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import type { Database } from '../postgres/database';

/** The newest run that there is: what is published later was run since. */
export async function latestRun(database: Database): Promise<number> {
  const [row] = await database.query<{ epoch: string }>(`select coalesce(max(epoch), 0) as epoch from weir.runs`);
  return Number(row!.epoch);
}

/** Between the newest window before `edge` that the ledger knows a run of, and `edge`; null where there is nothing between, or nothing before. */
export async function scheduleGap(database: Database, pipeline: string, edge: Window['start']): Promise<Window | null> {
  const [row] = await database.query<{ end: string | null }>(
    `select max(window_end) as end from weir.windows where pipeline = $1 and window_start < $2 and epoch > 0`,
    [pipeline, edge],
  );
  return row!.end !== null && row!.end < edge ? { start: row!.end, end: edge } : null;
}

/** Windows whose newest run ended because their files were not there yet, or not settled; but for those that somebody accepted as missing. Oldest first. */
export function waitingWindows(database: Database, pipeline: string): Promise<Window[]> {
  return database.query<Window>(
    `select w.window_start as start, w.window_end as end
       from weir.windows w
       join weir.runs r on r.epoch = w.epoch
      where w.pipeline = $1
        and w.state <> 'running'
        and r.error_type = $2
        and not exists (select from weir.accepted a where a.pipeline = w.pipeline and a.window_start = w.window_start and a.undone_at is null)
   order by w.window_start`,
    [pipeline, SourceWaits.name],
  );
}

/** True when a run of the table's one window was asked for since then, or never was one: then it waits for its first time. */
export async function isAskedSince(database: Database, pipeline: string, since: Instant): Promise<boolean> {
  const [row] = await database.query<{ asked: boolean | null }>(
    `select max(started_at) >= $2 as asked from weir.runs where pipeline = $1 and window_start = '-infinity'`,
    [pipeline, since],
  );
  return row!.asked ?? true;
}
