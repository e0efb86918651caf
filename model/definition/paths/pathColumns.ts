import { OriginsMoved } from '../../run/errors';
import type { PathValues } from './pathPattern';
import type { Listed } from '../source';
import type { Cleaned } from '../table';

interface Reads {
  readonly name: string;
  readonly source: Listed;
  readonly cleaned: Cleaned;
}

const NONE: PathValues = {};

const readsPath = ({ columns }: Cleaned): boolean =>
  Object.values(columns).some(({ facts }) => facts.path !== undefined);

/**
 * What the columns that read the path of `origin` are given, the same for ever: derived from the origin by the paths of the definition.
 * @throws OriginsMoved where none of them names it.
 */
export function pathValuesOf({ name, source, cleaned }: Reads, origin: string): PathValues {
  if (!readsPath(cleaned)) return NONE;
  const values = source.valuesOf?.(origin);
  if (values) return values;
  throw new OriginsMoved(
    `${name}: no path of its source names ${origin}, and columns of ${cleaned.tableName} are read from its path`,
    { next: `weir plan ${name}, which says what may have become of it`, stillTrue: 'nothing was changed' },
  );
}

/** The paths that decide what such columns hold; none where there is no such column. Part of the fingerprint of cleaning. */
export const decidingPaths = ({ source, cleaned }: Omit<Reads, 'name'>): string[] =>
  readsPath(cleaned) ? (source.paths ?? []).map(({ text }) => text) : [];

/** What is wrong between the columns of a table and the paths of its source: the first thing, in words; null where nothing is. */
export function pathProblem({ source, cleaned }: Omit<Reads, 'name'>): string | null {
  const paths = source.paths ?? [];
  const read = new Set<string>();
  for (const [column, { facts }] of Object.entries(cleaned.columns)) {
    if (facts.path === undefined) continue;
    const { path } = facts;
    read.add(path);
    if (facts.from !== undefined)
      return `column ${column} is read from a field (${facts.from}) and from the path (${path}): say one`;
    if (paths.length === 0) return `column ${column} is read from the path, and ${source.describe} has none`;
    const lacking = paths.filter(({ names }) => !names.includes(path));
    const known = [...new Set(paths.flatMap(({ names }) => names))].map((name) => `{${name}}`).join(', ');
    if (lacking.length === paths.length || (lacking.length > 0 && !facts.nullable))
      return `column ${column} is read from {${path}}, which the path ${lacking[0]!.text} has not (${known || 'it has no placeholder'})${lacking.length < paths.length ? '; say .nullable() where it may lack' : ''}`;
  }
  const unread = paths
    .flatMap((one) => one.variables.map((name) => ({ name, text: one.text })))
    .find(({ name }) => !read.has(name));
  return unread
    ? `no column reads {${unread.name}} of the path ${unread.text}: write a column, ${unread.name}: text().path('${unread.name}'), or * where any name will do`
    : null;
}
