import { setTimeout as wait } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { pendingWork } from '../../client/pendingWork';
import { visibleLines } from '../terminal/escape';
import { PendingNews } from '../terminal/pendingLines';
import { progressLine } from '../terminal/print';
import { resultUnlessAborted } from './interruption';
import type { Runtime } from './runtime';

const LOOK_MS = 5_000;

/** The result of a run or a backfill; while it is waited for, stderr says what is tried again and why, and that no worker serves: once a change. */
export async function follow(
  { client, interrupted }: Pick<Runtime, 'client' | 'interrupted'>,
  handle: WorkflowHandle,
): Promise<unknown> {
  const over = new AbortController();
  const result = resultUnlessAborted(handle, interrupted).finally(() => over.abort());
  void tellPending(client, handle.workflowId, over.signal);
  return result;
}

async function tellPending(client: Runtime['client'], workflowId: string, over: AbortSignal): Promise<void> {
  const news = new PendingNews();
  while (!over.aborted) {
    await wait(LOOK_MS, undefined, { ref: false, signal: over }).catch(() => undefined);
    if (over.aborted) return;
    // Temporal may be away for a while: the result is waited for all the same.
    const work = await client
      .withDeadline(Date.now() + LOOK_MS, () => pendingWork(client, [workflowId]))
      .catch(() => null);
    if (over.aborted || work === null) continue;
    for (const line of news.of(work)) {
      progressLine(null);
      process.stderr.write(`${visibleLines(line)}\n`);
    }
  }
}
