import type { WorkflowHandle } from '@temporalio/client';
import { Interrupted } from '../../model/run/errors';

/**
 * Aborted when the person presses Ctrl-C or the process is asked to end. Made before anything is opened, it hears also what comes
 * meanwhile; and since it listens, the process lives on to close what it opened, in order.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (signal: string): void =>
    controller.abort(
      new Interrupted(`stopped by ${signal}`, {
        next: 'the same command goes on where it was',
        stillTrue:
          'what was published stays; a step that was under way was rolled back, or goes on with another worker',
      }),
    );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  return controller.signal;
}

/** Resolves when `signal` is aborted. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** The result of a workflow, unless `signal` is aborted first: then its reason is thrown, and nobody waits for the server any more. */
export async function resultUnlessAborted(handle: WorkflowHandle, signal: AbortSignal): Promise<unknown> {
  // The call itself is ended too: left to wait, it would try again on a closed connection.
  const result = handle.client.withAbortSignal(signal, () => handle.result() as Promise<unknown>);
  result.catch(() => undefined);
  return Promise.race([result, untilAborted(signal).then(() => signal.throwIfAborted())]);
}
