import { COPY_SIGNATURE, COPY_TRAILER, binaryRow, int4, timestamp, utf8 } from '../../cleaning/copyFormat';
import { quoteIdent } from '../../model/definition/sql';
import type { Cleaned } from '../../model/definition/table';
import type { DeadLetter, WindowCount } from '../../model/run/deadLetter';
import type { Counted } from '../standing/counts';
import { ADD_COUNTS, deleteLetters, deleteRows } from '../standing/counts';
import { copyIn } from '../postgres/copy';
import type { Tx } from '../postgres/database';
import { FIRST_LARGE_DELIVERY, columnList, physical } from '../postgres/identifiers';
import { cleanedColumns } from '../schema/declaredColumns';
import { partitionIndexes } from '../schema/layerTables';
import type { WindowSums } from './changes';
import { rememberFormer, sumsOfRows } from './changes';

/** Consecutive segments of one delivery that are cleaned in one transaction; records [firstRecord, endRecord). */
export interface Batch {
  readonly delivery: number;
  readonly fromOrdinal: number;
  readonly toOrdinal: number;
  readonly firstRecord: number;
  readonly endRecord: number;
  /** True when rows of these segments may be in the cleaned table already. */
  readonly replaces: boolean;
}

/** Segments cleaned in one transaction: bounds the memory for finding duplicates to about 20 bytes a record. */
const BATCH_SEGMENTS = 32;

/** The next segments of `delivery` that `code` has not cleaned, or null. */
export async function nextBatch(on: Pick<Tx, 'query'>, delivery: number, code: string): Promise<Batch | null> {
  const rows = await on.query<{ ordinal: number; first_record: number; records: number; left: boolean }>(
    // Marked uncleaned by hand, a segment has left its rows behind: its window counts tell.
    `select ordinal, first_record, records,
            cleaned_by is not null
            or exists (select from weir.segment_windows w where w.delivery = s.delivery and w.ordinal = s.ordinal) as left
       from weir.segments s
      where delivery = $1 and cleaned_by is distinct from $2
   order by ordinal
      limit ${BATCH_SEGMENTS}`,
    [delivery, code],
  );
  const [first] = rows;
  if (!first) return null;
  const gap = rows.findIndex((row, i) => row.ordinal !== first.ordinal + i);
  const run = gap === -1 ? rows : rows.slice(0, gap);
  const last = run.at(-1)!;
  return {
    delivery,
    fromOrdinal: first.ordinal,
    toOrdinal: last.ordinal + 1,
    firstRecord: first.first_record,
    endRecord: last.first_record + last.records,
    replaces: run.some((row) => row.left),
  };
}

/** `batch` cut to its first `segments` segments, which held `records` records. */
export function cutBatch(batch: Batch, segments: number, records: number): Batch {
  return { ...batch, toOrdinal: batch.fromOrdinal + segments, endRecord: batch.firstRecord + records };
}

/** Where rows of a batch go: a new partition (copied without index, attached at the end), or a table that is there. */
export interface RowTarget {
  readonly table: string;
  readonly attach: string | null;
}

/** Prepares the table that `batch` is copied into; what these segments left there before is deleted. */
export async function prepareTarget(tx: Tx, pipeline: Counted, batch: Batch): Promise<RowTarget> {
  const table = pipeline.cleaned;
  const parent = physical.cleaned(table.tableName);
  // Whatever the ledger says of these segments: rows that are there would be met as repeats.
  await deleteRows(tx, pipeline, rangeOf(batch), []);
  if (batch.delivery < FIRST_LARGE_DELIVERY)
    return { table: physical.cleaned(`${table.tableName}__small`), attach: null };
  const partition = physical.cleaned(partitionName(table, batch));
  const [there] = await tx.query<{ there: boolean }>(`select to_regclass($1) is not null as there`, [partition]);
  // Cleaned before by other code, perhaps in other batches: its partitions cover every record of the delivery, so the parent routes.
  if (there!.there || batch.replaces) return { table: parent, attach: null };
  // The check says what the partition's bounds will say, so that attaching need not scan the rows for it.
  await tx.query(`create table ${partition} (${cleanedColumns(table)}, check (${rangeOf(batch)}))`);
  return { table: partition, attach: partition };
}

/** Two long names would be cut at 63 bytes to one; a delivery's number is its own, whatever the table. */
function partitionName({ tableName }: Cleaned, { delivery, fromOrdinal }: Batch): string {
  const name = `${tableName}__${delivery}_${fromOrdinal}`;
  return name.length <= 63 ? name : `_${delivery}_${fromOrdinal}`;
}

export function copyRows(tx: Tx, table: Cleaned, target: RowTarget, chunks: AsyncIterable<Buffer>): Promise<number> {
  return copyIn(
    tx,
    `copy ${target.table} (${columnList(table)}, _delivery, _record) from stdin (format binary)`,
    chunks,
  );
}

/** Whether the copied rows lie in the order of their event time; asked before losers are marked, which moves them to the end. */
export async function isClustered(tx: Tx, table: Cleaned, target: RowTarget): Promise<boolean> {
  if (!target.attach || !table.eventTime) return false;
  // A sample is enough to know the order of a file, and the planner wants one anyway: 10 ms a million rows.
  await tx.query('set local default_statistics_target = 10');
  await tx.query(`analyze ${target.attach}`);
  await tx.query('set local default_statistics_target to default');
  const [row] = await tx.query<{ correlation: number | null }>(
    `select correlation
       from pg_stats s, pg_class c, pg_namespace n
      where c.oid = $1::regclass and n.oid = c.relnamespace
        and s.schemaname = n.nspname and s.tablename = c.relname and s.attname = $2`,
    [target.attach, table.eventTime],
  );
  return (row?.correlation ?? 0) > 0.99;
}

/** Builds the indexes of a new partition, now that its rows are there: half the time of copying into an indexed one. */
export async function indexTarget(tx: Tx, table: Cleaned, target: RowTarget, clustered: boolean): Promise<void> {
  if (!target.attach) return summarizeRanges(tx, target);
  for (const statement of partitionIndexes(table, target.attach, clustered)) await tx.query(statement);
}

/**
 * Rows copied into partitions that are there lie in ranges of blocks that a BRIN index does not know until a vacuum, and that every window would read.
 * Three million flights cleaned again, then 182 windows: 16 s, and 49 s without this.
 */
async function summarizeRanges(tx: Tx, target: RowTarget): Promise<void> {
  await tx.query(
    `select brin_summarize_new_values(i.indexrelid)
       from pg_inherits p
       join pg_index i on i.indrelid = p.inhrelid
       join pg_class c on c.oid = i.indexrelid
       join pg_am a on a.oid = c.relam
      where p.inhparent = $1::regclass and a.amname = 'brin'`,
    [target.table],
  );
}

/** Makes a new partition part of its table; only commit shows it to others. */
export async function attachTarget(tx: Tx, table: Cleaned, target: RowTarget, batch: Batch): Promise<void> {
  if (!target.attach) return;
  // One range a batch; together the batches of a delivery cover every record it has.
  const { delivery, firstRecord, endRecord } = batch;
  await tx.query(
    `alter table ${physical.cleaned(table.tableName)} attach partition ${target.attach}
       for values from (${delivery}, ${firstRecord}) to (${delivery}, ${Math.max(endRecord, firstRecord + 1)})`,
  );
}

/**
 * Takes the rows, dead letters and window counts of deliveries that this one supersedes away, and remembers what they were
 * (`rememberFormer`); the windows they held rows of.
 */
export async function dropSuperseded(
  tx: Tx,
  pipeline: Counted,
  { id, origin }: { readonly id: number; readonly origin: string },
): Promise<string[]> {
  const old = await tx.query<{ id: number; window_start: string | null }>(
    `select d.id, w.window_start
       from weir.deliveries d
       join weir.segments s on s.delivery = d.id and s.cleaned_by is not null
  left join weir.segment_windows w on w.delivery = s.delivery and w.ordinal = s.ordinal
      where d.pipeline = $1 and d.origin = $2 and d.id <> $3`,
    [pipeline.name, origin, id],
  );
  const ids = [...new Set(old.map((row) => row.id))];
  if (ids.length === 0) return [];
  await rememberFormer(tx, pipeline.name, origin, ids);
  await tx.run(
    `${ADD_COUNTS}
     select $1, $2, -coalesce(sum(s.records), 0), 0, 0, 0
       from weir.segments s
      where s.delivery = any ($3)
        and exists (select from weir.segment_windows w where w.delivery = s.delivery and w.ordinal = s.ordinal)`,
    [pipeline.name, pipeline.cleaned.tableName, ids],
  );
  await deleteRows(tx, pipeline, '_delivery = any ($1)', [ids]);
  await deleteLetters(tx, pipeline, 'delivery = any ($1)', [ids]);
  await tx.run(`delete from weir.segment_windows where delivery = any ($1)`, [ids]);
  await tx.run(`update weir.segments set cleaned_by = null where delivery = any ($1)`, [ids]);
  return [...new Set(old.flatMap((row) => (row.window_start === null ? [] : [row.window_start])))];
}

/**
 * Replaces what the ledger says of a batch: window counts and the fingerprint. What these segments held before, by window, and how many records are
 * accounted for that were not.
 */
export async function recordBatch(
  tx: Tx,
  batch: Batch,
  code: string,
  counts: ReadonlyMap<number, ReadonlyMap<string | null, WindowCount>>,
): Promise<{ former: WindowSums; newRecords: number }> {
  const segments = [batch.delivery, batch.fromOrdinal, batch.toOrdinal];
  const former = await tx.query<{
    ordinal: number;
    start: string | null;
    rows: string;
    dead: string;
    low: string | null;
    high: string | null;
  }>(
    `delete from weir.segment_windows where delivery = $1 and ordinal >= $2 and ordinal < $3
  returning ordinal, window_start as start, rows, dead, low, high`,
    segments,
  );
  const rows = [...counts].flatMap(([ordinal, windows]) =>
    [...windows].map(([window, count]) => ({ ordinal, window, ...count })),
  );
  await tx.query(
    `insert into weir.segment_windows (delivery, ordinal, window_start, rows, dead, low, high)
     select $1, * from unnest($2::integer[], $3::timestamptz[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])`,
    [
      batch.delivery,
      rows.map((row) => row.ordinal),
      rows.map((row) => row.window),
      rows.map((row) => row.rows),
      rows.map((row) => row.dead),
      rows.map((row) => row.low),
      rows.map((row) => row.high),
    ],
  );
  const cleaned = await tx.query<{ ordinal: number; records: number }>(
    `update weir.segments set cleaned_by = $4 where delivery = $1 and ordinal >= $2 and ordinal < $3 returning ordinal, records`,
    [...segments, code],
  );
  const had = new Set(former.map(({ ordinal }) => ordinal));
  const newRecords = cleaned.reduce((sum, { ordinal, records }) => sum + (had.has(ordinal) ? 0 : records), 0);
  return { former: sumsOfRows(former), newRecords };
}

export async function deleteDeadLetters(tx: Tx, pipeline: Counted, batch: Batch): Promise<void> {
  await deleteLetters(tx, pipeline, 'delivery = $1 and record >= $2 and record < $3', [
    batch.delivery,
    batch.firstRecord,
    batch.endRecord,
  ]);
}

const CHUNK_BYTES = 65_536;
const ROW_BYTES = 150;

/** Sets records aside, by COPY: ten thousand cost as little as ten. */
export async function insertDeadLetters(
  tx: Tx,
  pipeline: string,
  delivery: number,
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return;
  const text = (value: string | null): Buffer | null => (value === null ? null : utf8(value));
  function* rows(): Generator<Buffer> {
    let parts: Buffer[] = [COPY_SIGNATURE];
    let size = 0;
    for (const letter of letters) {
      const { record, windowStart, column, reason, value, bytes } = letter;
      const row = binaryRow([
        utf8(pipeline),
        int4(delivery),
        int4(record),
        windowStart === null ? null : timestamp(windowStart),
        text(column),
        utf8(reason),
        text(value),
        bytes,
      ]);
      parts.push(...row);
      size += bytes.length + ROW_BYTES;
      if (size < CHUNK_BYTES) continue;
      yield Buffer.concat(parts);
      parts = [];
      size = 0;
    }
    yield Buffer.concat([...parts, COPY_TRAILER]);
  }
  await copyIn(
    tx,
    `copy weir.dead_letters (pipeline, delivery, record, window_start, column_name, reason, value, bytes)
       from stdin (format binary)`,
    rows(),
  );
}

export const rangeOf = (batch: Batch, alias = ''): string =>
  `${alias}${quoteIdent('_delivery')} = ${batch.delivery} and ${alias}${quoteIdent('_record')} >= ${batch.firstRecord} and ${alias}${quoteIdent('_record')} < ${batch.endRecord}`;
