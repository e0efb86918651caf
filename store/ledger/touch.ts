import type { Tx } from '../postgres/database';

/**
 * Appends the fact that these windows of `table` changed: insert only, so it waits for nobody. Who looks at a window compares the number
 * of facts within its reach with the number that its publish saw (`staleness`): a change is seen as a whole or makes the window stale.
 */
export async function appendTouched(tx: Tx, table: string, starts: readonly string[]): Promise<void> {
  if (starts.length === 0) return;
  await tx.query(`insert into weir.touched (table_name, window_start) select $1, * from unnest($2::timestamptz[])`, [
    table,
    starts,
  ]);
}

/** So many facts of one window are left as they are: folding costs two writes. */
const FEW_FACTS = 16;

/**
 * Sums the facts of one window of `table` up into one row, where they are many; their number stays the same for every snapshot. Rows that
 * somebody else is folding are left to them.
 */
export async function foldTouched(tx: Tx, table: string, start: string): Promise<void> {
  await tx.query(
    `with many as (
            select ctid from weir.touched
             where table_name = $1 and window_start = $2
               and (select count(*) from weir.touched where table_name = $1 and window_start = $2) > ${FEW_FACTS}
               for update skip locked),
          gone as (delete from weir.touched where ctid in (select ctid from many) returning facts)
     insert into weir.touched (table_name, window_start, facts)
     select $1, $2, sum(facts) from gone having count(*) > 0`,
    [table, start],
  );
}

/** Commits of one pipeline's cleaning follow each other: winners are marked among committed rows only. */
export async function lockCleaning(tx: Tx, table: string): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`weir clean ${table}`]);
}
