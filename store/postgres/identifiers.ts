import { quoteIdent } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';

/** Physical names of a table's layers. Definitions' names are checked (`definePipeline`), quoting is for words like `order`. */
export const physical = {
  cleaned: (table: string): string => `weir_cleaned.${quoteIdent(table)}`,
  curated: (table: string): string => `weir_curated.${quoteIdent(table)}`,
  stage: (table: string): string => `weir_stage.${quoteIdent(table)}`,
};

/** What people read in psql: `cleaned.flights` (live rows), `curated.airport_daily`. */
export const viewOf = (table: Table): string => `${table.layer}.${quoteIdent(table.tableName)}`;

/** `marts.airport_daily`, as a sink names its relation, quoted. */
export const relationName = (relation: string): string => relation.split('.').map(quoteIdent).join('.');

/** The user's columns of `table`, quoted and joined; `alias` before each where given. */
export function columnList(table: Table, alias?: string): string {
  return Object.keys(table.columns)
    .map((column) => (alias ? `${alias}.${quoteIdent(column)}` : quoteIdent(column)))
    .join(', ');
}

/** Words for columns in a key or a diff. */
export const quoted = (columns: readonly string[], alias?: string): string[] =>
  columns.map((column) => (alias ? `${alias}.${quoteIdent(column)}` : quoteIdent(column)));

/** First delivery id that has a partition of its own in its cleaned table (see the ledger's sequences). */
export const FIRST_LARGE_DELIVERY = 1_073_741_824;
