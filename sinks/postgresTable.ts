import type { Columns } from '../model/definition/column';
import type { PublishSink } from '../model/definition/sink';
import type { Curated } from '../model/definition/table';
import { writeDifference } from '../store/refresh/writeDifference';
import { ensureWindowTable } from '../store/schema/windowTable';

/**
 * Publishes `table` to `target` (`schema.table`) of the same PostgreSQL: in place, row by changed row, in the transaction
 * that closes the run. Readers see the former window or the new one, whole.
 */
export function postgresTable<C extends Columns>(table: Curated<C>, target: `${string}.${string}`): PublishSink {
  const home = { table, relation: target };
  return {
    kind: 'postgresTable',
    in: 'publish',
    name: target,
    ...home,
    ensure: (tx) => ensureWindowTable(tx, home),
    write: (tx, staged) => writeDifference(tx, home, staged),
  };
}
