import { resolve } from 'node:path';
import { PipelineError, SourceMissing, Unavailable } from '../model/run/errors';
import type { Place } from './missingFile';
import { hintOf } from './missingFile';
import { NOTHING_LANDED, unreadable } from './unreadable';

const ABSENT = new Set(['ENOENT', 'ENOTDIR']);
/** The machine is short of something, which may pass. */
const BUSY = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'ETIMEDOUT', 'ESTALE', 'ENOMEM']);

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | undefined)?.code;

/** True for an error that says: nothing is there. */
export const isAbsent = (error: unknown): boolean => ABSENT.has(codeOf(error) ?? '');

/** What the file system says of `origin`, as one of our errors; any other as it is. */
export async function asSourceError(origin: string, error: unknown, place?: Place): Promise<unknown> {
  const code = codeOf(error);
  if (error instanceof PipelineError || code === undefined) return error;
  if (BUSY.has(code))
    return new Unavailable(`${origin} cannot be read now: ${code}`, { cause: error, stillTrue: NOTHING_LANDED });
  if (ABSENT.has(code)) return missing(origin, place, error);
  const next = code === 'EACCES' ? `let the worker's user read ${resolve(origin)}` : `look at ${resolve(origin)}`;
  return unreadable(origin, code, { cause: error, next });
}

/** That nothing is at `origin`, a path perhaps with globs, with the near miss where there is one. */
export async function missing(origin: string, place?: Place, cause?: unknown): Promise<SourceMissing> {
  const isMany = /[{*]/.test(origin);
  const what = isMany ? `no file is at ${origin}` : `${origin} is not there`;
  return new SourceMissing(`${what}${await hintOf(origin, place)}`, {
    ...(cause !== undefined && { cause }),
    next: `put it at ${resolve(origin)}, or fix the path; it is relative to the working directory${place?.optional === false ? "; where a time may have none, say missing: 'empty'" : ''}`,
    stillTrue: NOTHING_LANDED,
  });
}
