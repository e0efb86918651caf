import type { Curated } from './table';

/** Where a curated table's windows are published. The store writes it, in the transaction that closes the run. */
export interface Sink {
  readonly kind: 'postgresTable';
  readonly table: Curated;
  /** `schema.table` that readers use. */
  readonly target: string;
}
