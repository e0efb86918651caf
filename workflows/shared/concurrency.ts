import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';

/** How many at once, and whether any may begin; read anew before each. */
export interface ConcurrencyLimit {
  readonly width: number;
  readonly paused: boolean;
}

/**
 * Begins `run` for each item in order, at most `valve.width` at once and none while paused or after `stopped()`;
 * returns when all that were begun have ended. `run` must not throw.
 * When cancelled it begins no more, waits for the running ones (which are cancelled too), and then throws.
 */
export async function forEachConcurrently<T>(
  items: readonly T[],
  valve: ConcurrencyLimit,
  stopped: () => boolean,
  running: { count: number },
  run: (item: T) => Promise<void>,
): Promise<void> {
  try {
    for (const item of items) {
      await condition(() => stopped() || (!valve.paused && running.count < valve.width));
      if (stopped()) break;
      running.count += 1;
      void run(item).finally(() => (running.count -= 1));
    }
    await condition(() => running.count === 0);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => condition(() => running.count === 0));
    throw error;
  }
}
