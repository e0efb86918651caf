import type { Columns } from '../model/definition/column';
import type { Sink } from '../model/definition/sink';
import type { Curated } from '../model/definition/table';

/**
 * Publishes `table` to `target` (`schema.table`) of the same PostgreSQL: in place, row by changed row, in the transaction
 * that closes the run. Readers see the former window or the new one, whole.
 */
export function postgresTable<C extends Columns>(table: Curated<C>, target: `${string}.${string}`): Sink {
  return { kind: 'postgresTable', table, target };
}
