import type { Pipeline } from '../../model/definition/pipeline';
import type { Database, Tx } from '../postgres/database';
import { physical } from '../postgres/identifiers';
import { lockCleaning } from '../ledger/touch';

/** What became of the records of a pipeline that are cleaned. */
export interface RecordCounts {
  readonly records: number;
  readonly live: number;
  readonly beaten: number;
  readonly dead: number;
}

/** Whose records are counted: dead letters are the pipeline's, live and beaten rows those of its cleaned table. */
export type Counted = Pick<Pipeline, 'name' | 'cleaned'>;

/**
 * Counting three million rows takes a third of a second, and a year of hours as much as its rows: so each transaction that changes rows adds what it
 * changed, in the same statement where there is one. Insert only, as touches are: rows of other deliveries are copied meanwhile.
 */
export const ADD_COUNTS = 'insert into weir.counts (pipeline, table_name, records, live, beaten, dead)';

/** Says that this transaction keeps counts: who changes segments and does not say so makes them counted anew. */
export async function keepCounts(tx: Tx): Promise<void> {
  await tx.query(`select set_config('weir.counts', 'kept', true)`);
}

/** Adds to the counts what this transaction did. */
export async function addCounts(
  tx: Pick<Tx, 'query'>,
  { name, cleaned }: Counted,
  change: Partial<RecordCounts>,
): Promise<void> {
  const { records = 0, live = 0, beaten = 0, dead = 0 } = change;
  await tx.query(`${ADD_COUNTS} values ($1, $2, $3, $4, $5, $6)`, [
    ...[name, cleaned.tableName],
    ...[records, live, beaten, dead],
  ]);
}

/** Deletes rows of the cleaned table, and counts them no more. */
export async function deleteRows(tx: Tx, { name, cleaned }: Counted, where: string, values: unknown[]): Promise<void> {
  await tx.run(
    `with gone as (delete from ${physical.cleaned(cleaned.tableName)} where ${where} returning _live)
     ${ADD_COUNTS}
     select $${values.length + 1}, $${values.length + 2}, 0, -count(*) filter (where _live), -count(*) filter (where not _live), 0
       from gone
     having count(*) > 0`,
    [...values, name, cleaned.tableName],
  );
}

/** Deletes dead letters, and counts them no more. */
export async function deleteLetters(
  tx: Tx,
  { name, cleaned }: Counted,
  where: string,
  values: unknown[],
): Promise<void> {
  await tx.run(
    `with gone as (delete from weir.dead_letters where ${where} returning delivery)
     ${ADD_COUNTS}
     select $${values.length + 1}, $${values.length + 2}, 0, 0, 0, -count(*) from gone having count(*) > 0`,
    [...values, name, cleaned.tableName],
  );
}

/** The counts as they are kept; null where something changed segments and did not keep them. */
export const KEPT = `
     select coalesce(sum(records), 0) as records, coalesce(sum(dead), 0) as dead,
            coalesce(sum(live) filter (where table_name = $2), 0) as live,
            coalesce(sum(beaten) filter (where table_name = $2), 0) as beaten,
            coalesce(bool_and(is_kept), true) as is_kept
       from weir.counts
      where pipeline = $1`;

/** The same, counted: every row, and every segment whose rows are there. */
export const countedOf = ({ cleaned }: Counted): string => `
     select raw.records, letters.dead, cleaned.live, cleaned.beaten
       from (select coalesce(sum(s.records), 0) as records
               from weir.segments s
               join weir.deliveries d on d.id = s.delivery
              where d.pipeline = $1
                and exists (select from weir.segment_windows w where w.delivery = s.delivery and w.ordinal = s.ordinal)) raw
 cross join (select count(*) filter (where _live) as live, count(*) filter (where not _live) as beaten
               from ${physical.cleaned(cleaned.tableName)}) cleaned
 cross join (select count(*) as dead from weir.dead_letters where pipeline = $1) letters`;

/** So many changes are left as they are: folding costs two writes. */
const FEW_CHANGES = 16;

/**
 * Sums many changes up into one row, and counts anew what was not kept. Under the lock on cleaning, which holds everybody back who does the same;
 * what others have not committed yet is added when they do.
 */
export async function settleCounts(tx: Tx, of: Counted): Promise<void> {
  const [row] = await tx.query<{ changes: number; kept: boolean | null }>(
    `select count(*)::integer as changes, bool_and(is_kept) as kept from weir.counts where pipeline = $1`,
    [of.name],
  );
  if (row!.kept === false) return countAnew(tx, of);
  if (row!.changes <= FEW_CHANGES) return;
  await tx.run(
    `with gone as (delete from weir.counts where pipeline = $1 returning *)
     ${ADD_COUNTS}
     select pipeline, table_name, sum(records), sum(live), sum(beaten), sum(dead) from gone group by 1, 2`,
    [of.name],
  );
}

/** Counts anew where something changed segments and did not keep the counts: a worker of a version before, a migration, a person. */
export async function countWhereUnkept(database: Database, of: Counted): Promise<void> {
  const unkept = await database.query(`select from weir.counts where pipeline = $1 and not is_kept limit 1`, [of.name]);
  if (unkept.length > 0) await database.tx((tx) => countAnew(tx, of));
}

/** Counts anew, whatever was kept; under the lock on cleaning. One statement: what it counts and what it replaces are of one snapshot. */
export async function countAnew(tx: Tx, of: Counted): Promise<void> {
  await lockCleaning(tx, of.cleaned.tableName);
  await tx.run(
    `with gone as (delete from weir.counts where pipeline = $1)
     ${ADD_COUNTS}
     select $1, $2, records, live, beaten, dead from (${countedOf(of)}) counted`,
    [of.name, of.cleaned.tableName],
  );
}
