import { historyBounds } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Window } from '../../model/time/window';
import type { Database, Tx } from '../postgres/database';
import { KEPT, countedOf } from '../standing/counts';
import { physical, quoted, relationName } from '../postgres/identifiers';
import { digestOf } from './digest';

/** Records cleaned = live rows + beaten rows + dead letters, to the row. */
export interface Accounting {
  /** Records of the segments that are cleaned: each commit of cleaning moves all four numbers at once. */
  readonly records: number;
  readonly live: number;
  readonly beaten: number;
  readonly deadLetters: number;
  /** Records landed and not cleaned yet. */
  readonly waiting: number;
  /** Of live and beaten ones, rows in no window of the history: published nowhere. */
  readonly outside: number;
  /** False where a record is missing or there is one too many: a bug, and nothing else. */
  readonly balanced: boolean;
}

/**
 * The records that are cleaned and what became of them, as the transactions of cleaning keep it: its cost does not grow with the rows. One statement, so
 * one snapshot: it balances in the middle of a run too. Counted where something changed segments and kept no counts.
 */
export async function accountFor(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<Accounting> {
  return (await keptAccount(on, pipeline)) ?? countedAccount(on, pipeline);
}

/** The same as it is kept; null where something changed segments and kept no counts. */
export async function keptAccount(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<Accounting | null> {
  const [row] = await on.query<Counts & { is_kept: boolean }>(
    `select counts.*, raw.waiting
       from (${KEPT}) counts
 cross join (${WAITING}) raw`,
    [pipeline.name, pipeline.cleaned.tableName],
  );
  return row!.is_kept ? accountOf(on, pipeline, row!) : null;
}

/** The same, counted: every row, dead letter and segment. */
export async function countedAccount(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<Accounting> {
  const [row] = await on.query<Counts>(
    `select counts.*, raw.waiting
       from (${countedOf(pipeline)}) counts
 cross join (${WAITING}) raw`,
    [pipeline.name],
  );
  return accountOf(on, pipeline, row!);
}

type Counts = Record<'records' | 'live' | 'beaten' | 'dead' | 'waiting', string>;

// Landed, and not cleaned to the end; a partial index knows the origins.
const WAITING = `
     select coalesce(sum(s.records), 0) as waiting
       from weir.origins o
       join weir.segments s on s.delivery = o.delivery and s.cleaned_by is null
      where o.pipeline = $1 and o.delivery is distinct from o.cleaned`;

async function accountOf(on: Pick<Tx, 'query'>, pipeline: Pipeline, row: Counts): Promise<Accounting> {
  const account = {
    records: Number(row.records),
    live: Number(row.live),
    beaten: Number(row.beaten),
    deadLetters: Number(row.dead),
    waiting: Number(row.waiting),
    outside: await outsideRows(on, pipeline),
  };
  return { ...account, balanced: account.records === account.live + account.beaten + account.deadLetters };
}

/**
 * The same of one window, or of the records that are in none (`null`: their event time could not be read). The sums over all windows and these
 * are those of the pipeline.
 */
export async function accountForWindow(
  on: Pick<Tx, 'query'>,
  pipeline: Pipeline,
  window: Window | null,
): Promise<Accounting> {
  const { tableName, eventTime } = pipeline.cleaned;
  const isIn = (start: string): string => (window === null ? `${start} is null` : `${start} >= $2 and ${start} < $3`);
  const rowIsIn = window === null ? 'false' : pipeline.window === 'whole' ? 'true' : isIn(quoted([eventTime!])[0]!);
  const [row] = await on.query<{ records: string; live: string; beaten: string; dead: string }>(
    `select counted.records, cleaned.live, cleaned.beaten, letters.dead
       from (select coalesce(sum(w.rows + w.dead), 0) as records
               from weir.segment_windows w
               join weir.segments s on s.delivery = w.delivery and s.ordinal = w.ordinal and s.cleaned_by is not null
               join weir.deliveries d on d.id = w.delivery
              where d.pipeline = $1 and ${isIn('w.window_start')}) counted
 cross join (select count(*) filter (where _live) as live, count(*) filter (where not _live) as beaten
               from ${physical.cleaned(tableName)}
              where ${rowIsIn}) cleaned
 cross join (select count(*) as dead from weir.dead_letters where pipeline = $1 and ${isIn('window_start')}) letters`,
    window === null ? [pipeline.name] : [pipeline.name, window.start, window.end],
  );
  const [records, live, beaten, deadLetters] = [row!.records, row!.live, row!.beaten, row!.dead].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  return {
    ...{ records, live, beaten, deadLetters, waiting: 0, outside: 0 },
    balanced: records === live + beaten + deadLetters,
  };
}

/** Rows in no window of the history, found by where they lie: the index names them, and the others are not looked at. */
async function outsideRows(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<number> {
  const { start, end } = historyBounds(pipeline);
  const [row] = await on.query<{ rows: string }>(
    `select coalesce(sum(w.rows), 0) as rows
       from weir.segment_windows w
       join weir.origins o on o.cleaned = w.delivery
      where o.pipeline = $1 and (w.window_start < $2 or w.window_start >= $3)`,
    [pipeline.name, start, end],
  );
  return Number(row!.rows);
}

/** How many rows lie in no window of the pipeline's history, and of how many; from the ledger's counts by segment. */
export async function rowsOutside(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<{ rows: number; of: number }> {
  const { start, end } = historyBounds(pipeline);
  const [row] = await on.query<{ rows: string; of: string }>(
    `select coalesce(sum(w.rows) filter (where w.window_start < $2 or w.window_start >= $3), 0) as rows,
            coalesce(sum(w.rows), 0) as "of"
       from weir.origins o
       join weir.segment_windows w on w.delivery = o.cleaned
      where o.pipeline = $1`,
    [pipeline.name, start, end],
  );
  return { rows: Number(row!.rows), of: Number(row!.of) };
}

/** Seconds of work that the ledger has recorded for each layer of `pipeline` since run `sinceEpoch`. */
export async function secondsByLayer(
  database: Database,
  pipeline: string,
  sinceEpoch: number,
): Promise<Record<'raw' | 'cleaned' | 'curated' | 'published', number>> {
  const [row] = await database.query<{ raw: number; cleaned: number; curated: number; published: number }>(
    `select coalesce(sum((s.result ->> 'landMs')::float) filter (where s.name = 'ingest'), 0) / 1000 as raw,
            coalesce(sum((s.result ->> 'cleanMs')::float) filter (where s.name = 'ingest'), 0) / 1000 as cleaned,
            coalesce(sum(s.ms) filter (where s.name = 'refresh'), 0) / 1000 as curated,
            coalesce(sum(s.ms) filter (where s.name = 'publish'), 0) / 1000 as published
       from weir.steps s
       join weir.runs r using (epoch)
      where r.pipeline = $1 and r.epoch >= $2`,
    [pipeline, sinceEpoch],
  );
  return row!;
}

/** Digest and first rows of each published table of `pipeline`, in key order. */
export async function publishedTables(
  database: Database,
  pipeline: Pipeline,
  limit: number,
): Promise<{ name: string; rows: number; digest: string; first: Record<string, unknown>[] }[]> {
  return Promise.all(
    pipeline.publish.map(async ({ name, table, relation }) => {
      const from = relationName(relation);
      const { rows, digest } = await digestOf(database, table.columns, from);
      const first = await database.query<Record<string, unknown>>(
        `select ${quoted(Object.keys(table.columns)).join(', ')} from ${from} order by ${quoted(table.key).join(', ')} limit ${Math.trunc(limit)}`,
      );
      return { name, rows, digest, first };
    }),
  );
}
