import type { BackfillOutcome } from '../../model/run/backfill';
import { PipelineError, SchemaNewer, Misused, UnknownName } from '../../model/run/errors';
import { withoutAdvice } from '../../model/run/toldFailure';

/** Exit codes: done, failed, misused, gate closed or stale. */
export const EXIT = { done: 0, failed: 1, misused: 2, held: 3 } as const;

interface Told {
  readonly error: string;
  readonly message: string;
  readonly next?: string;
  readonly stillTrue?: string;
}

/** Prints an error for a person (what, where, what next, what is still true) or as one JSON object; returns the exit code. */
export function printError(error: unknown, options: { json?: boolean; debug?: boolean } = {}): number {
  const told = tell(error);
  if (options.json) process.stdout.write(`${JSON.stringify(told)}\n`);
  else {
    const lines = [
      told.message,
      told.stillTrue && `  Still true: ${told.stillTrue}`,
      told.next && `  Next: ${told.next}`,
    ];
    process.stderr.write(`${lines.filter(Boolean).join('\n')}\n`);
  }
  if (options.debug && error instanceof Error)
    process.stderr.write(`${error.stack}\n${error.cause instanceof Error ? `caused by ${error.cause.stack}\n` : ''}`);
  return exitCode(error);
}

/** Temporal wraps what an activity threw; the innermost failure is the one that says what happened. */
function tell(error: unknown): Told {
  const inner = innermost(error);
  if (inner instanceof PipelineError) {
    return {
      error: inner.name,
      message: inner.message,
      ...(inner.next && { next: inner.next }),
      ...(inner.stillTrue && { stillTrue: inner.stillTrue }),
    };
  }
  const { type, details } = inner as { type?: string | null; details?: unknown[] | null };
  if (type) {
    const fields = (details?.[0] ?? {}) as { next?: string; stillTrue?: string };
    return {
      error: type,
      message: withoutAdvice(inner.message, fields),
      ...(fields.next && { next: fields.next }),
      ...(fields.stillTrue && { stillTrue: fields.stillTrue }),
    };
  }
  if (inner.name === 'CancelledFailure')
    return {
      error: inner.name,
      message: 'it was cancelled: what was under way was rolled back',
      stillTrue: 'published windows stay as they are; readers never saw a half',
      next: 'the same command again, when it is wanted',
    };
  return { error: inner.name, message: inner.message, next: 'run it again with --debug to see where it comes from' };
}

/** What happened, without Temporal's wrapping. */
export function innermost(error: unknown): Error {
  let inner = error instanceof Error ? error : new Error(String(error));
  while (!(inner instanceof PipelineError) && isTemporalWrapper(inner) && inner.cause instanceof Error)
    inner = inner.cause;
  return inner;
}

const isTemporalWrapper = (error: Error): boolean =>
  ['WorkflowFailedError', 'ActivityFailure', 'ChildWorkflowFailure'].includes(error.name);

/** How many windows failed or were held, where `error` is how a backfill ended; else 0. */
export function failedWindows(error: unknown): number {
  const { type, details } = innermost(error) as { type?: string; details?: readonly unknown[] };
  return type === 'BackfillFailed' ? ((details?.[0] as BackfillOutcome | undefined)?.failed ?? 0) : 0;
}

function exitCode(error: unknown): number {
  const inner = innermost(error);
  if (inner instanceof Misused || inner instanceof UnknownName) return EXIT.misused;
  if (inner instanceof SchemaNewer) return EXIT.failed;
  const kind = (inner as { type?: string }).type ?? inner.name;
  return ['GateClosed', 'OriginsMoved', 'SourceWaits'].includes(kind) ? EXIT.held : EXIT.failed;
}
