import { cleaningFingerprint } from '../../model/compile/compile';
import { reachedBy, readingsOf } from '../../model/compile/reach';
import type { Pipeline } from '../../model/definition/pipeline';
import { isHeldToReach, readsOf } from '../../model/definition/reads';
import type { Curated, Table } from '../../model/definition/table';
import type { Window } from '../../model/time/window';
import { compiled } from '../ledger/fingerprint';
import type { Tx } from '../postgres/database';
import { FIRST_LARGE_DELIVERY } from '../postgres/identifiers';

/**
 * Large deliveries that hold rows of what `window` of `table` reads, for each cleaned table of which nothing else can matter. Each has partitions of
 * its own, and planning over all there ever were costs more than the window: 118 ms for 1,000 of them, 0.4 ms for those of a day.
 * Read in the snapshot of the select itself.
 */
export async function reachedDeliveries(
  tx: Tx,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  table: Curated,
  window: Window,
): Promise<ReadonlyMap<Table, readonly number[]>> {
  const found = new Map<Table, readonly number[]>();
  const readings = readingsOf(register, pipeline, table);
  for (const read of readsOf(table)) {
    const owner = register.find(({ cleaned }) => cleaned === read);
    const reading = readings.find((one) => one.table === read.tableName);
    if (!owner || !reading || read.layer !== 'cleaned' || !isHeldToReach(table, read)) continue;
    const { from, to } = reachedBy(reading, pipeline.window, window);
    if (from !== '-infinity' && to !== 'infinity') found.set(read, await largeDeliveries(tx, owner, from, to));
  }
  return found;
}

/**
 * Large deliveries of `pipeline` with rows of windows that begin in [from, to); those that the present code has not cleaned as well, since their
 * rows may be noted under windows of another calendar.
 */
export async function largeDeliveries(tx: Tx, pipeline: Pipeline, from: string, to: string): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    `select w.delivery as id
       from weir.segment_windows w
       join weir.deliveries d on d.id = w.delivery and d.pipeline = $1
      where w.delivery >= ${FIRST_LARGE_DELIVERY} and w.window_start >= $3 and w.window_start < $4 and w.rows > 0
      union
     select id from weir.deliveries where pipeline = $1 and id >= ${FIRST_LARGE_DELIVERY} and cleaned_by is null
      union
     select id from weir.deliveries where pipeline = $1 and id >= ${FIRST_LARGE_DELIVERY} and cleaned_by > '' and cleaned_by < $2
      union
     select id from weir.deliveries where pipeline = $1 and id >= ${FIRST_LARGE_DELIVERY} and cleaned_by > $2
   order by id`,
    [pipeline.name, cleaningFingerprint(compiled(pipeline)), from, to],
  );
  return rows.map(({ id }) => id);
}
