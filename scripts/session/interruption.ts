import { setMaxListeners } from 'node:events';
import type { WorkflowHandle } from '@temporalio/client';
import { Interrupted } from '../../model/run/errors';

const ORPHAN_MS = 500;

/**
 * Aborted when the person presses Ctrl-C or the process is asked to end, or npm that started it is gone. Made before anything is opened,
 * it hears also what comes meanwhile; and since it goes on to listen, the process lives on to close what it opened, in order.
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
  // Heard for good: npm passes on what the terminal has sent already, and the second of two would end us with our servers left behind.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  if (process.env['npm_lifecycle_event'] !== undefined) whenOrphaned(() => interrupt('the end of npm'));
  return controller.signal;
}

// A shell between npm and us may take a signal for itself and end without us; npm that was killed sends none.
function whenOrphaned(tell: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    tell();
  }, ORPHAN_MS);
  timer.unref();
}

/** Resolves when `signal` is aborted. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** The result of a workflow, unless `signal` is aborted first: then its reason is thrown, and nobody waits for the server any more. */
export async function resultUnlessAborted(handle: WorkflowHandle, signal: AbortSignal): Promise<unknown> {
  // The call itself is ended too: left to wait, it would try again on a closed connection. The SDK adds a listener with each call that it
  // makes (one a minute, one a part of a backfill) and takes none away: they go with a signal of this one wait.
  const mine = new AbortController();
  setMaxListeners(0, mine.signal);
  const abort = (): void => mine.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  const result = handle.client.withAbortSignal(mine.signal, () => handle.result() as Promise<unknown>);
  result.catch(() => undefined);
  try {
    return await Promise.race([result, untilAborted(mine.signal).then(() => mine.signal.throwIfAborted())]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
