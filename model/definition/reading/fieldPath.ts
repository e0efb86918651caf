import type { ColumnFacts, Columns } from '../column';

/** Where a column's value lies in a record: one word for a field, more for what lies inside objects. */
export type FieldPath = readonly string[];

/** The place that column `name` is read from. */
export function pathOf(name: string, { from }: Pick<ColumnFacts, 'from'>): FieldPath {
  if (from === undefined) return [name];
  return typeof from === 'string' ? [from] : from;
}

/** The places that columns are read from in a record, in declared order; a column that is made of several fields has as many. */
export const pathsOf = (columns: Columns): FieldPath[] =>
  Object.entries(columns).flatMap(([name, { facts }]) => {
    if (facts.path !== undefined || facts.rest) return [];
    return facts.fields?.map((field) => [field]) ?? [pathOf(name, facts)];
  });

/** A path as people read it: `user.geo.country`; among several words, one with a dot or the like is in quotes. */
export const pathText = (path: FieldPath): string =>
  path.length === 1 ? path[0]! : path.map((word) => (/^[^\s."]+$/.test(word) ? word : JSON.stringify(word))).join('.');

/** True where `inner` lies inside of `outer`, or is it. */
export const isWithin = (inner: FieldPath, outer: FieldPath): boolean =>
  outer.length <= inner.length && outer.every((word, i) => inner[i] === word);
