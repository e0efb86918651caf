import { PG_TYPES } from '../../model/definition/column';
import { quoteIdent } from '../../model/definition/sql';
import type { Cleaned, Table } from '../../model/definition/table';
import type { Tx } from '../postgres/database';

/** The user's columns as a `create table` writes them; `strict` with their `not null`. */
export function declaredColumns(table: Table, strict: boolean): string[] {
  // Text compares by code point everywhere: 1.4 to 1.6 times faster to sort, and the same order on every machine.
  return Object.entries(table.columns).map(
    ([name, { facts }]) =>
      `${quoteIdent(name)} ${PG_TYPES[facts.type]}${facts.type === 'text' ? ' collate "C"' : ''}${strict && !facts.nullable ? ' not null' : ''}`,
  );
}

/** Column definitions of a cleaned table: the user's, then delivery, record and the winner's flag. */
export function cleanedColumns(table: Cleaned): string {
  return [
    ...declaredColumns(table, true),
    '_delivery integer not null',
    '_record integer not null',
    '_live boolean not null default true',
  ].join(', ');
}

/** Says in the catalog what the definition says: of the table and of its columns, with their units. */
export async function commentOn(tx: Pick<Tx, 'query'>, table: Table, relation: string): Promise<void> {
  const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  if (table.description) await tx.query(`comment on table ${relation} is ${literal(table.description)}`);
  for (const [column, { facts }] of Object.entries(table.columns)) {
    const words = [facts.description, facts.unit && `in ${facts.unit}s`].filter(Boolean).join(', ');
    if (words) await tx.query(`comment on column ${relation}.${quoteIdent(column)} is ${literal(words)}`);
  }
}
