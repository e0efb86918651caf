import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathPattern } from '../../model/definition/paths/pathPattern';
import { quote } from '../../model/run/errors';
import { asSourceError, isAbsent } from '../sourceError';
import { unreadable } from '../unreadable';

const isSpecial = (part: string): boolean => /[{*]/.test(part);

/**
 * The files that `path` stands for, one of which `matches` says that it does; its globs and variables are looked up in the folders that it
 * names, each read once. Folders that are links are followed where the path names them, and not below `**`, which could lead around.
 */
export async function findFiles(path: string, matches: (origin: string) => boolean): Promise<string[]> {
  const parts = path.split('/');
  const first = parts.findIndex(isSpecial);
  const root = parts.slice(0, first).join('/') || (path.startsWith('/') ? '/' : '.');
  const found: string[] = [];
  await walk(root, parts.slice(first), matches, found);
  return found;
}

async function walk(
  folder: string,
  [part, ...rest]: readonly string[],
  matches: (origin: string) => boolean,
  found: string[],
): Promise<void> {
  if (part === undefined) return;
  const everywhere = part.includes('**');
  const names = everywhere ? null : pathPattern(part);
  if (!isSpecial(part)) {
    if (rest.length > 0) return walk(beside(folder, part), rest, matches, found);
    if (matches(beside(folder, part)) && (await kindOf(beside(folder, part))) === 'file')
      found.push(beside(folder, part));
    return;
  }
  for (const entry of await entriesOf(folder)) {
    if (names && !names.test(entry.name)) continue;
    const path = beside(folder, entry.name);
    const isLink = entry.isSymbolicLink();
    if (rest.length === 0 || everywhere) {
      const isFile = matches(path) && (isLink ? (await kindOf(path)) === 'file' : entry.isFile());
      if (isFile) found.push(told(folder, path, entry.name));
    }
    if (everywhere && entry.isDirectory() && !entry.name.startsWith('.')) await walk(path, [part], matches, found);
    if (!everywhere && rest.length > 0 && (entry.isDirectory() || (isLink && (await kindOf(path)) === 'folder')))
      await walk(path, rest, matches, found);
  }
}

const beside = (folder: string, name: string): string =>
  folder === '.' ? name : folder === '/' ? `/${name}` : `${folder}/${name}`;

/** A name that cannot be written down, or would break the lines of whoever reads it, is told: passing it over would lose its records. */
function told(folder: string, path: string, name: string): string {
  // Node puts U+FFFD where a name is no UTF-8.
  if (!/[\p{Cc}\uFFFD]/u.test(name)) return path;
  throw unreadable(folder, `it holds a file whose name is no plain UTF-8 text (${quote(name)})`, {
    next: 'rename the file, or narrow the path so that it is not meant',
  });
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(resolve(folder), { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw await asSourceError(folder, error);
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  try {
    const facts = await stat(resolve(path));
    return facts.isFile() ? 'file' : facts.isDirectory() ? 'folder' : null;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw await asSourceError(path, error);
  }
}
