import type { ApplicationFailure } from '@temporalio/common';

/** The innermost failure with which a workflow ended. */
export async function failureOf(result: Promise<unknown>): Promise<ApplicationFailure> {
  let inner: Error = await result.then(
    () => new Error('it did not fail'),
    (error: Error) => error,
  );
  while (inner.cause instanceof Error) inner = inner.cause;
  return inner as ApplicationFailure;
}
