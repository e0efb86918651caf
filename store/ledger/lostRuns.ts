import type { Database } from '../postgres/database';
import { OF_RANGE } from './runs';

/** A run that the ledger has as open, and the execution that should be working on it. */
export interface OpenRun {
  readonly epoch: number;
  readonly pipeline: string;
  readonly workflowId: string;
  /** The window it runs; null for a backfill. */
  readonly window: string | null;
}

export async function openRuns(database: Database, pipelines: readonly string[]): Promise<OpenRun[]> {
  const rows = await database.query<{
    epoch: string;
    pipeline: string;
    workflow: string;
    start: string;
    range: boolean;
  }>(
    `select epoch, pipeline, workflow_id as workflow, window_start as start, ${OF_RANGE} as range
       from weir.runs
      where state = 'running' and pipeline = any ($1)
   order by epoch`,
    [pipelines],
  );
  return rows.map(({ epoch, pipeline, workflow, start, range }) => ({
    epoch: Number(epoch),
    pipeline,
    workflowId: workflow,
    window: range ? null : start,
  }));
}

/** Closes runs that nobody works on any more: their windows go back to what they were. */
export async function closeLostRuns(database: Database, runs: readonly OpenRun[]): Promise<void> {
  const epochs = runs.map((run) => run.epoch);
  await database.tx(async (tx) => {
    // The last step there is: should one of them wake after all, the fence finds it older.
    await tx.run(
      `update weir.windows set state = settled, step = 2147483647 where epoch = any ($1) and state = 'running'`,
      [epochs],
    );
    await tx.run(
      `update weir.runs
          set state = 'orphaned', ended_at = clock_timestamp(), error = 'Temporal has no open run of it: terminated, or lost with its database'
        where epoch = any ($1) and state = 'running'`,
      [epochs],
    );
  });
}
