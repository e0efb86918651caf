import { Client, Connection } from '@temporalio/client';
import type { PendingWork } from '../../client/pendingWork';
import { pendingWork } from '../../client/pendingWork';
import type { Services } from '../services/services';

/** Executions that a verb that only looks asks about. */
const ASKED = 16;
const NOTHING: PendingWork = { tried: [], unserved: null };

/** What these executions try again, or wait for; null where Temporal does not answer at once: who looks at the ledger is not kept waiting. */
export async function pendingNow({ temporal }: Services, workflowIds: readonly string[]): Promise<PendingWork | null> {
  if (temporal.address === '' || workflowIds.length === 0) return NOTHING;
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ ...temporal.connectionOptions, connectTimeout: '2s' });
    const client = new Client({ connection, namespace: temporal.namespace });
    return await client.withDeadline(Date.now() + 5_000, () => pendingWork(client, workflowIds.slice(0, ASKED)));
  } catch {
    return null;
  } finally {
    await connection?.close();
  }
}
