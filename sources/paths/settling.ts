import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileRules } from './fileOptions';
import type { Found } from '../files';
import { asSourceError, isAbsent } from '../sourceError';

type Rules = Pick<FileRules, 'settleMs' | 'settle' | 'marker'>;

/**
 * Says why a file is not offered yet, in words behind its name; null where it is. Asked for many files, a marker that they share is looked for once.
 * A file dated ahead of our clock by more than `settle` is as still as one dated behind it: else a wrong clock would keep it for ever.
 */
export function settling({ settleMs, settle, marker }: Rules, now: number): (file: Found) => Promise<string | null> {
  const markers = new Map<string, Promise<boolean>>();
  return async ({ offer: { origin }, modifiedMs }) => {
    const ageMs = Math.abs(now - modifiedMs);
    if (ageMs < settleMs)
      return `was modified ${Math.floor(ageMs / 1_000)} s ago, and is offered when it has been left alone for ${settle}`;
    if (marker === null) return null;
    const path = join(dirname(origin), marker.replace('*', basename(origin)));
    if (!markers.has(path)) markers.set(path, isThere(path));
    return (await markers.get(path)) ? null : `waits for its marker ${path}`;
  };
}

/** True for a file that is a marker itself: a glob does not mean it. */
export function isMarker(marker: string | null, origin: string): boolean {
  if (marker === null) return false;
  const name = basename(origin);
  const [before, after] = marker.split('*') as [string, string?];
  if (after === undefined) return name === marker;
  return name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after);
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(resolve(path))).isFile();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw await asSourceError(path, error);
  }
}
