import { quote } from '../../run/errors';
import type { ColumnFacts } from '../column';
import type { FieldPath } from './fieldPath';
import { isWithin, pathOf, pathText } from './fieldPath';
import type { Format } from '../source';
import type { Cleaned } from '../table';

/** What is wrong with the places that columns of `table` read, or null: inside of a CSV field is nothing, and inside of a number neither. */
export function misplaced(table: Cleaned, format: Format): string | null {
  const columns = Object.entries(table.columns).map(([name, { facts }]) => ({
    name,
    facts,
    path: pathOf(name, facts),
  }));
  const deep = columns.find(({ path }) => path.length > 1);
  if (deep === undefined) return null;
  const { name, path } = deep;
  if (format !== 'ndjson')
    return `column ${name} is read from ${said(path)}, and a field of a CSV or Parquet file has nothing inside it: write .from(${quote(pathText(path))}) where that is the name of one field, or make the column json() and look inside it in a select`;
  for (const outer of columns)
    for (const inner of columns)
      if (inner.path.length > outer.path.length && isWithin(inner.path, outer.path) && !holdsObjects(outer.facts))
        return `column ${outer.name} reads ${pathText(outer.path)} as ${outer.facts.type}, and column ${inner.name} reads ${pathText(inner.path)} inside it: no record can have both; make ${outer.name} json(), or read it from another place`;
  return null;
}

const holdsObjects = ({ type, parse }: ColumnFacts): boolean => type === 'json' || parse !== undefined;

const said = (path: FieldPath): string => `.from(${path.map(quote).join(', ')})`;
