import type { ColumnType } from '../definition/column';
import type { FieldPath } from '../definition/reading/fieldPath';
import { snakeCase } from '../definition/reading/dialect';

/** A field that records have and no column reads. */
export interface NewlyFound {
  readonly path: FieldPath;
  /** What its first value that is not null looks like; null where all are. */
  readonly type: ColumnType | null;
  /** How many records have it. */
  readonly records: number;
}

/** What records were found to have, told once a field. */
export interface FoundFields {
  readonly fresh: readonly NewlyFound[];
  /** Fields that columns read and that some record has; told only where missing ones are refused. */
  readonly seen: readonly string[];
}

/** So many new fields of a segment are told by name: a file may have as many names as records. */
export const MOST_FOUND = 100;

/** The line that takes a new field into a definition: `coupon: text().nullable(),`. */
export function columnLine({ path, type }: Pick<NewlyFound, 'path' | 'type'>): string {
  const name = snakeCase(path.join('_'));
  const column = /^[a-z_]\w*$/.test(name) && name.length <= 63 ? name : 'new_field';
  const from = path.length === 1 && path[0] === column ? '' : `.from(${path.map(quoted).join(', ')})`;
  return `${column}: ${type ?? 'json'}().nullable()${from},`;
}

const quoted = (word: string): string => `'${word.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n')}'`;

/** The same field of several segments as one. */
export function addFound(found: readonly NewlyFound[]): NewlyFound[] {
  const sum = new Map<string, NewlyFound>();
  for (const one of found) {
    const key = JSON.stringify(one.path);
    const so = sum.get(key);
    sum.set(key, so ? { ...so, type: so.type ?? one.type, records: so.records + one.records } : one);
  }
  return [...sum.values()];
}
