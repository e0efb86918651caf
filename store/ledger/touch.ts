import { reachedBy } from '../../model/compile/reach';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Table } from '../../model/definition/table';
import type { Tx } from '../postgres/database';

/** A window of some pipeline whose input changed. */
export interface TouchedWindow {
  readonly pipeline: string;
  readonly start: string;
  readonly end: string;
}

/**
 * Raises the touch count of these windows, in one order for all, so that two cleans never wait for each other in a circle.
 * A refresh that holds a window's fence is waited for: it sees all of this commit or nothing, and then the window is stale, never lost.
 */
async function touch(tx: Tx, windows: readonly TouchedWindow[]): Promise<number> {
  if (windows.length === 0) return 0;
  const columns = [
    windows.map((window) => window.pipeline),
    windows.map((window) => window.start),
    windows.map((window) => window.end),
  ];
  await tx.query(
    `insert into weir.windows (pipeline, window_start, window_end)
     select * from unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) order by 1, 2
         on conflict do nothing`,
    columns,
  );
  return tx.run(
    `with mine as (
       select w.pipeline, w.window_start
         from weir.windows w
         join unnest($1::text[], $2::timestamptz[]) t (pipeline, window_start) using (pipeline, window_start)
     order by w.pipeline, w.window_start
          for update of w)
     update weir.windows w set touches = w.touches + 1
       from mine
      where w.pipeline = mine.pipeline and w.window_start = mine.window_start`,
    columns.slice(0, 2),
  );
}

/** Touches what a change of `table` in the windows that begin at `starts` reaches, in every pipeline of the register. */
export async function touchReached(
  tx: Tx,
  register: readonly Pipeline[],
  table: Table,
  starts: readonly string[],
): Promise<void> {
  const reached = reachedBy(register, table, starts);
  const windows = reached.flatMap(({ pipeline, windows: some }) =>
    some === 'all' ? [] : some.map((window) => ({ pipeline, ...window })),
  );
  await touch(
    tx,
    windows.sort((a, b) => (a.pipeline + a.start < b.pipeline + b.start ? -1 : 1)),
  );
  for (const { pipeline, windows: some } of reached) if (some === 'all') await touchAll(tx, pipeline);
}

/** Every window of `pipeline` that the ledger knows: what a table without event time reaches. */
async function touchAll(tx: Tx, pipeline: string): Promise<number> {
  return tx.run(
    `with mine as (select window_start from weir.windows where pipeline = $1 order by window_start for update)
     update weir.windows w set touches = w.touches + 1 from mine where w.pipeline = $1 and w.window_start = mine.window_start`,
    [pipeline],
  );
}

/** Commits of one pipeline's cleaning follow each other: winners are marked among committed rows only. */
export async function lockCleaning(tx: Tx, table: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`weir clean ${table}`]);
}
