import type { Pipeline } from '../../model/definition/pipeline';
import type { Window } from '../../model/time/window';
import type { Tx } from '../postgres/database';

/** A window that is computed and past its gates, and waits to be published with the others of its calendar. */
export interface Staged {
  readonly window: Window;
  /** The run whose number its rows have in the stages. */
  readonly epoch: number;
}

/** Notes that a run staged its window; rows that a former run staged of it are thrown away first, by `dropStaged`. */
export async function recordStaged(
  tx: Tx,
  pipeline: string,
  { window, epoch }: Staged,
  seen: { readonly code: string; readonly checks: string | null; readonly touches: number; readonly facts: number },
): Promise<void> {
  await tx.run(
    `insert into weir.staged (pipeline, window_start, window_end, epoch, code, checks, touches, facts)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [pipeline, window.start, window.end, epoch, seen.code, seen.checks, seen.touches, seen.facts],
  );
  // Readers see what they saw: the window is in the state that they know it in.
  await tx.run(
    `update weir.windows
        set state = case when published_at is null then 'missing' else 'published' end
      where pipeline = $1 and window_start = $2`,
    [pipeline, window.start],
  );
}

/** Forgets what is staged of the window that starts at `start` (null: of every window), and empties `stages` of its rows. */
export async function dropStaged(
  tx: Pick<Tx, 'query' | 'run'>,
  pipeline: string,
  start: Window['start'] | null,
  stages: readonly string[],
): Promise<void> {
  const rows = await tx.query<{ epoch: string }>(
    `delete from weir.staged where pipeline = $1 and ($2::timestamptz is null or window_start = $2) returning epoch`,
    [pipeline, start],
  );
  if (rows.length === 0) return;
  const epochs = rows.map(({ epoch }) => epoch);
  for (const stage of stages) await tx.run(`delete from ${stage} where _epoch = any ($1::bigint[])`, [epochs]);
}

/** True while something of the pipeline is staged, for whichever calendar. */
export async function hasStaged(on: Pick<Tx, 'query'>, pipeline: Pick<Pipeline, 'name'>): Promise<boolean> {
  return (await on.query(`select from weir.staged where pipeline = $1 limit 1`, [pipeline.name])).length > 0;
}
