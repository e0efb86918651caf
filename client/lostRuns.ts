import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { OpenRun } from '../store/ledger/lostRuns';
import { openRuns } from '../store/ledger/lostRuns';
import type { Database } from '../store/postgres/database';

/** Runs that the ledger has as open and Temporal does not: terminated, or lost with its database. */
export async function lostRuns(database: Database, client: Client, pipelines: readonly string[]): Promise<OpenRun[]> {
  const lost: OpenRun[] = [];
  for (const run of await openRuns(database, pipelines)) {
    try {
      const { status } = await client.workflow.getHandle(run.workflowId).describe();
      if (status.name !== 'RUNNING') lost.push(run);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      lost.push(run);
    }
  }
  return lost;
}
