import { readdir } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { closest, distance } from 'fastest-levenshtein';
import type { PathUnit } from '../model/definition/paths/pathPattern';
import { pathPattern } from '../model/definition/paths/pathPattern';
import { quote } from '../model/run/errors';

/** Where a source's files are: its path with placeholders, and which names it stands for. */
export interface Place {
  readonly path: string;
  readonly unit: PathUnit;
  /** False where the source has nothing to say for a time without a file: it may be told. */
  readonly optional?: boolean;
  names(origin: string): boolean;
}

/**
 * What to say of a file that is not there: a name that is misspelt, or the newest file that is. Another hour's or day's file is no near miss:
 * it is a whole other file, and not what was meant.
 */
export async function hintOf(origin: string, place?: Place): Promise<string> {
  const near = /[{*]/.test(origin) ? undefined : await nearMiss(origin, place);
  if (near !== undefined) return `, did you mean ${quote(near)}?`;
  if (!place || (place.unit === null && !/[{*]/.test(place.path))) return '';
  const newest = await newestOf(place.path);
  return newest === undefined ? '; none of its kind is' : `; the newest there is ${quote(newest)}`;
}

/** The name most like the file's in its folder. */
async function nearMiss(origin: string, place?: Place): Promise<string | undefined> {
  const wanted = basename(origin);
  const names = (await namesIn(dirname(origin))).filter((name) => !place?.names(beside(dirname(origin), name)));
  const near = names.length > 0 ? closest(wanted, names) : undefined;
  return near !== undefined && distance(wanted, near) <= Math.max(2, wanted.length / 4) ? near : undefined;
}

const beside = (folder: string, name: string): string => (folder === '.' ? name : `${folder}/${name}`);

/** Folders of one level that are looked into: the newest may hold nothing yet. */
const LOOKED_INTO = 3;

/** The last of the files that a path stands for: dates and hours sort as they are written. */
function newestOf(path: string): Promise<string | undefined> {
  const parts = path.split('/');
  const first = parts.findIndex((part) => /[{*]/.test(part));
  return newestIn(parts.slice(0, first).join('/') || (path.startsWith('/') ? '/' : '.'), parts.slice(first));
}

async function newestIn(folder: string, [part, ...rest]: readonly string[]): Promise<string | undefined> {
  const pattern = pathPattern(part!);
  const names = (await namesIn(folder))
    .filter((name) => pattern.test(name))
    .sort()
    .reverse();
  if (rest.length === 0) return names[0] && beside(folder, names[0]);
  for (const name of names.slice(0, LOOKED_INTO)) {
    const found = await newestIn(beside(folder, name), rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

const namesIn = (folder: string): Promise<string[]> => readdir(resolve(folder)).catch(() => []);
