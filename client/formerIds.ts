import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Window } from '../model/time/window';

/**
 * The id of the run or backfill of a window or range, made by `idOf` from its name. Where a version before called it by its start in UTC and that one
 * is still under way, it is that one's id: it is joined, not run beside.
 */
export async function idUnderWay(client: Client, window: Window, idOf: (window: Window) => string): Promise<string> {
  if (window.name === undefined) return idOf(window);
  const former = idOf({ start: window.start, end: window.end });
  try {
    const { status } = await client.workflow.getHandle(former).describe();
    if (status.name === 'RUNNING') return former;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  return idOf(window);
}
