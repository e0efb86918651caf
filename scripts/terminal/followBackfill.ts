import { setTimeout as wait } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { SingleBar } from 'cli-progress';
import type { Pipeline } from '../../model/definition/pipeline';
import type { BackfillRequest, BackfillOutcome } from '../../model/run/backfill';
import { counted } from '../../model/run/counted';
import { epochOf } from '../../store/ledger/backfills';
import { backfillProgress } from '../../store/reports/progress';
import { follow } from '../session/follow';
import type { Runtime } from '../session/runtime';

const POLL_MS = 250;

/**
 * Follows a backfill to its end by the ledger, with one line that a person can read: windows done of all, rows/s, time left.
 * Where nobody watches (no TTY) nothing moves: a line at the beginning and one at the end come from the caller.
 */
export async function followBackfill(
  { database, client, register, interrupted }: Pick<Runtime, 'database' | 'client' | 'register' | 'interrupted'>,
  pipeline: Pipeline,
  handle: WorkflowHandle,
  order: BackfillRequest,
): Promise<BackfillOutcome> {
  let over = false;
  const done = (follow({ client, interrupted }, handle) as Promise<BackfillOutcome>).finally(() => (over = true));
  done.catch(() => undefined);
  let epoch: number | null = null;
  const bar = process.stderr.isTTY
    ? new SingleBar({
        stream: process.stderr,
        format: '{name}  [{bar}]  {value} of {total} windows  {detail}',
        hideCursor: true,
        clearOnComplete: true,
      })
    : null;
  bar?.start(1, 0, { name: order.plan.pipeline, detail: '' });
  const began = Date.now();
  try {
    while (!over) {
      if (bar) {
        epoch ??= await epochOf(database, { workflowId: handle.workflowId, workflowRunId: runIdOf(handle) });
        const now = await backfillProgress(database, { register, pipeline }, order, epoch ?? Number.MAX_SAFE_INTEGER);
        bar.setTotal(Math.max(1, now.total));
        bar.update(now.done + now.failed, { name: order.plan.pipeline, detail: detail(now, began) });
      }
      await Promise.race([done.catch(() => undefined), wait(POLL_MS, undefined, { ref: false })]);
    }
  } finally {
    bar?.stop();
  }
  return done;
}

// Continue-as-new keeps the id and changes the run id: the ledger knows the first.
const runIdOf = (handle: WorkflowHandle): string =>
  (handle as { firstExecutionRunId?: string }).firstExecutionRunId ?? '';

function detail(now: { done: number; failed: number; total: number; copying: number }, began: number): string {
  const seconds = (Date.now() - began) / 1000;
  const words: string[] = [];
  if (now.copying > 0) words.push(`cleaning ${counted(now.copying, 'row')}`);
  if (now.done > 0) {
    words.push(`${(now.done / seconds).toFixed(0)} windows/s`);
    words.push(`${Math.ceil(((now.total - now.done - now.failed) * seconds) / now.done)} s left`);
  }
  if (now.failed > 0) words.push(`${now.failed} failed`);
  return words.join(', ');
}
