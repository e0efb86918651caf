import { join, parse } from 'node:path';
import type { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { Busy, PipelineError, StatementRefused } from '../model/run/errors';
import { QUERY_CANCELED, sqlstateOf } from '../store/postgres/errors';

const BUSY_RETRY = '1s';
const DETAILS_BYTES = 1_024;

/**
 * Turns what an activity throws into what Temporal stores, once and for all: the class becomes the failure's type, `retryable`
 * the retry decision, the fields the details. Errors that nobody classified are tried again.
 */
export function failureInterceptor({ cancellationSignal }: Pick<Context, 'cancellationSignal'>): {
  inbound: { execute<I, R>(input: I, next: (input: I) => Promise<R>): Promise<R> };
} {
  return {
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          throw toFailure(error, cancellationSignal);
        }
      },
    },
  };
}

/** `error` as Temporal should see it. */
export function toFailure(error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted && isEcho(error, signal)) return signal.reason;
  if (isMistake(error))
    return ApplicationFailure.create({ type: error.name, message: error.message, nonRetryable: true, cause: error });
  if (!(error instanceof PipelineError)) return error;
  const failure = ApplicationFailure.create({
    type: error.name,
    message: historyText(error),
    nonRetryable: !error.retryable,
    details: [evidence(error)],
    ...(error.cause instanceof Error && !quotesRows(error) && { cause: withoutStack(withoutRows(error.cause)) }),
    ...(error instanceof Busy && { category: ApplicationFailureCategory.BENIGN, nextRetryDelay: BUSY_RETRY }),
  });
  // Its class says where it comes from: a stack would fill what a person sees of it, with paths of this machine.
  failure.stack = '';
  return failure;
}

/** `cause` by name and message alone. */
function withoutStack(cause: Error): Error {
  const { name, message } = cause;
  return Object.assign(
    new Error(withoutFolder(message), cause.cause instanceof Error ? { cause: withoutStack(cause.cause) } : undefined),
    { name, stack: '' },
  );
}

const quotesRows = (error: Error): error is StatementRefused =>
  error instanceof StatementRefused && error.withoutValues !== error.message;

/** No row in a history: the whole message is in the ledger (`tellLedger`). */
const historyText = (error: Error): string => withoutFolder(quotesRows(error) ? error.withoutValues : error.message);

/** Paths as the definition has them: where this worker stands is nobody's business elsewhere. */
const withoutFolder = (text: string): string =>
  process.cwd() === parse(process.cwd()).root ? text : text.replaceAll(join(process.cwd(), '/'), '');

/** A cause as Temporal may keep it: its message and stack are written down too. */
function withoutRows(cause: Error): Error {
  return quotesRows(cause) ? new StatementRefused(cause.withoutValues, cause.sqlstate) : cause;
}

// A mistake in code makes itself again at each try; anything else that nobody has classified may be the weather.
const isMistake = (error: unknown): error is Error =>
  [TypeError, ReferenceError, RangeError, SyntaxError].some((mistake) => error instanceof mistake);

// What a cancelled activity ends with: the signal's own reason, an AbortError from Node, or the statement that was told to stop.
function isEcho(error: unknown, signal: AbortSignal): boolean {
  if (error === signal.reason || error instanceof CancelledFailure) return true;
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return name === 'AbortError' || code === 'ABORT_ERR' || sqlstateOf(error) === QUERY_CANCELED;
}

/** The fields that the class added, as JSON of at most 1 KiB: whole fields, the long ones left out. */
function evidence(error: PipelineError): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(error)) {
    if (['name', 'message', 'stack', 'cause', 'retryable', 'withoutValues'].includes(field) || value === undefined)
      continue;
    const more = { ...fields, [field]: typeof value === 'string' ? withoutFolder(value) : (value as unknown) };
    if (Buffer.byteLength(JSON.stringify(more)) <= DETAILS_BYTES) fields[field] = more[field];
  }
  return fields;
}
