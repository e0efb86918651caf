import { types } from 'node:util';
import { Fenced, PipelineError, StatementRefused, Unavailable } from '../../model/run/errors';

interface DatabaseError {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
}

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENOENT',
  'EAI_AGAIN',
]);
const DISK_FULL = '53100';
/** A statement was told to stop: by a cancel, or by statement_timeout. */
export const QUERY_CANCELED = '57014';
/** A lock was not had within lock_timeout. */
export const LOCK_NOT_AVAILABLE = '55P03';
const INSUFFICIENT_PRIVILEGE = '42501';
const KEEPS = 'every committed step; nothing of this transaction was written';

/**
 * The one place where an SQLSTATE becomes a retry decision: connection, serialization, lock and resource trouble
 * (08, 40, 53, 55, 57, 58) is worth another try; data, integrity, syntax, rights and catalog errors (22, 23, 42, 28, 3D) are not.
 */
export function classify(error: unknown): unknown {
  if (error instanceof PipelineError || !types.isNativeError(error)) return error;
  const { code, message, detail, hint, where } = error as unknown as DatabaseError;
  const connectionLost =
    /Connection terminated|connection is closed|timeout exceeded when trying to connect|Client has encountered/i.test(
      message,
    );
  if (connectionLost || (typeof code === 'string' && SOCKET_CODES.has(code))) {
    return new Unavailable(`PostgreSQL is not reachable: ${message || code}`, {
      next: 'start it or fix DATABASE_URL, then: weir doctor; steps that were under way are tried again',
      stillTrue: KEEPS,
      cause: error,
    });
  }
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return error;
  if (code === QUERY_CANCELED) {
    return new Unavailable(`PostgreSQL stopped a statement (${code}): ${message}`, {
      next: 'give the role of DATABASE_URL more time (alter role … set statement_timeout), or see who cancels it; the step is tried again',
      stillTrue: KEEPS,
      cause: error,
    });
  }
  if (code === DISK_FULL) {
    return new Unavailable(`PostgreSQL's disk is full: ${message}`, {
      next: 'free space where its data directory lies; the step is tried again until then',
      stillTrue: KEEPS,
      cause: error,
    });
  }
  if (/^(08|40|53|55|57|58|25P0)/.test(code)) {
    return new Unavailable(`PostgreSQL could not go on (${code}): ${message}`, { stillTrue: KEEPS, cause: error });
  }
  const more = [detail, hint, where].filter(Boolean).join('; ');
  const refused = `PostgreSQL refused (${code}): `;
  return new StatementRefused(
    `${refused}${message}${more ? ` (${more})` : ''}`,
    code,
    {
      ...nextOf(code),
      stillTrue: KEEPS,
      cause: error,
    },
    `${refused}${withoutValues(code, message)}`,
  );
}

/** Class 42 is a statement that cannot work: wrong names, syntax; rights are somebody's to give. */
function nextOf(code: string): { next?: string } {
  if (code === INSUFFICIENT_PRIVILEGE)
    return { next: 'give the role of DATABASE_URL that right, or use one that has it (docs/operating.md, Rights)' };
  return code.startsWith('42') ? { next: 'weir check (asks PostgreSQL about every definition)' } : {};
}

/**
 * What PostgreSQL says itself, without the rows it says it of: DETAIL and CONTEXT are left out whole ("Key (…)=(…)", "Failing row contains …"),
 * a message of class 22 quotes the value, and one that somebody's trigger raised may say anything.
 */
function withoutValues(code: string, message: string): string {
  if (code.startsWith('22')) return message.replace(/"[^]*"/, '"..."');
  return /^(P0|[I-OQ-Z5-9])/.test(code) ? 'what it said is in the ledger: weir show' : message;
}

/** The refusal that an older holder of a window meets. */
export const fencedOut = (who: string): Fenced =>
  new Fenced(`${who}: a newer run holds this window; this attempt writes nothing`, {
    next: 'nothing: the newer run goes on',
    stillTrue: 'what the newer run wrote or will write',
  });

/** The SQLSTATE behind a classified error, if PostgreSQL gave one. */
export function sqlstateOf(error: unknown): string | undefined {
  const cause = error instanceof PipelineError ? error.cause : error;
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}
