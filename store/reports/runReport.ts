import type { Ingested } from '../../model/run/outcome';
import { OF_RANGE } from '../ledger/runs';
import type { Database } from '../postgres/database';

export interface StepReport {
  readonly name: string;
  readonly table: string | null;
  readonly rows: number;
  readonly ms: number;
  readonly attempt: number;
  /** Of an ingest: records that this run landed; 0 where an earlier one had. */
  readonly landed: number | null;
  /** Of an ingest to which several things were offered: how many, and how many of them were known. */
  readonly offers?: { readonly offered: number; readonly known: number };
  /** Of a publish: rows of the window, and how many of them are not what they were. */
  readonly published: { readonly rows: number; readonly changed: number } | null;
}

/** The newest run of a window: what it did, step by step. */
export interface RunReport {
  readonly epoch: number | null;
  readonly state: string | null;
  readonly error: string | null;
  readonly steps: readonly StepReport[];
  readonly deadLetters: number;
  /** Origins that are landed and were not there any more: their rows came from raw. */
  readonly gone: Ingested['gone'] | null;
  /** Columns whose field no record of a delivery has that this run cleaned. */
  readonly absent: Ingested['absent'] | null;
  /** Paths of times without a file, which the definition takes for a fact. */
  readonly empty: Ingested['empty'] | null;
  /** Origins that are there and were still being written. */
  readonly unsettled: Ingested['unsettled'] | null;
}

export async function runReport(database: Database, pipeline: string, windowStart: string): Promise<RunReport> {
  const [run] = await runsOf(database, pipeline, windowStart, 1);
  const steps = run
    ? await database.query<{
        name: string;
        table_name: string | null;
        rows_out: string;
        ms: number;
        attempt: number;
        gone: Ingested['gone'] | null;
        absent: Ingested['absent'] | null;
        empty: Ingested['empty'] | null;
        unsettled: Ingested['unsettled'] | null;
        offers: Ingested['offers'] | null;
        landed: number | null;
        published: StepReport['published'];
      }>(
        `select name, table_name, rows_out, ms, attempt, result -> 'gone' as gone, result -> 'absent' as absent,
                result -> 'empty' as empty, result -> 'unsettled' as unsettled, result -> 'offers' as offers,
                case when name = 'ingest' then (result ->> 'landedRecords')::float end as landed,
                case when name = 'publish'
                     then jsonb_build_object('rows', result -> 'rows', 'changed', coalesce(result -> 'changed', result -> 'written')) end as published
           from weir.steps where epoch = $1 order by step`,
        [run.epoch],
      )
    : [];
  const [letters] = await database.query<{ n: string }>(
    `select count(*) as n from weir.dead_letters l join weir.origins o on o.cleaned = l.delivery where l.pipeline = $1 and l.window_start = $2`,
    [pipeline, windowStart],
  );
  return {
    epoch: run?.epoch ?? null,
    state: run?.state ?? null,
    error: run?.error ?? null,
    steps: steps.map((step) => ({
      name: step.name,
      table: step.table_name,
      rows: Number(step.rows_out),
      ms: step.ms,
      attempt: step.attempt,
      landed: step.landed,
      published: step.published,
      ...(step.offers && { offers: step.offers }),
    })),
    deadLetters: Number(letters!.n),
    gone: steps.find((step) => step.gone)?.gone ?? null,
    absent: steps.find((step) => step.absent)?.absent ?? null,
    empty: steps.find((step) => step.empty)?.empty ?? null,
    unsettled: steps.find((step) => step.unsettled)?.unsettled ?? null,
  };
}

export interface RunRow {
  readonly epoch: number;
  readonly kind: string;
  readonly state: string;
  readonly error: string | null;
  readonly startedAt: string;
  readonly seconds: number | null;
  readonly workflowId: string;
  readonly workflowRunId: string;
}

/** Runs of a window, newest first. */
export async function runsOf(
  database: Database,
  pipeline: string,
  windowStart: string,
  limit: number,
): Promise<RunRow[]> {
  const rows = await database.query<Omit<RunRow, 'epoch'> & { epoch: string }>(
    `select epoch, kind, case error_type when 'SourceWaits' then 'waited' else state end as state, error, started_at as "startedAt", extract(epoch from ended_at - started_at)::float as seconds, workflow_id as "workflowId",
            workflow_run_id as "workflowRunId"
       from weir.runs
      where pipeline = $1 and window_start = $2 and not ${OF_RANGE}
   order by epoch desc
      limit $3`,
    [pipeline, windowStart, limit],
  );
  return rows.map((row) => ({ ...row, epoch: Number(row.epoch) }));
}

/** Answers of the checks of one run. */
export function checksOf(
  database: Database,
  epoch: number,
): Promise<{ table: string; check: string; severity: string; rows: string; saw: string | null; sample: string[] }[]> {
  return database.query(
    `select table_name as "table", check_name as "check", severity, rows, saw, sample from weir.check_results where epoch = $1 order by table_name, check_name`,
    [epoch],
  );
}

/** What checks of whole windows saw in the `limit` windows published before, newest first. */
export function seenBefore(
  database: Database,
  pipeline: string,
  windowStart: string,
  limit: number,
): Promise<{ start: string; table: string; check: string; saw: string }[]> {
  return database.query(
    `select w.window_start as start, c.table_name as "table", c.check_name as "check", c.saw
       from (select window_start, published_epoch
               from weir.windows
              where pipeline = $1 and window_start < $2 and published_at is not null
           order by window_start desc
              limit $3) w
       join weir.check_results c on c.epoch = w.published_epoch and c.saw is not null
   order by w.window_start desc`,
    [pipeline, windowStart, limit],
  );
}

/** Deliveries that hold records of a window. */
export function deliveriesOf(
  database: Database,
  pipeline: string,
  windowStart: string,
): Promise<{ origin: string; delivery: number; run: string; landed: string; rows: string; dead: string }[]> {
  return database.query(
    `select d.origin, d.id as delivery, d.epoch as run, d.landed_at as landed, sum(w.rows) as rows, sum(w.dead) as dead
       from weir.segment_windows w
       join weir.deliveries d on d.id = w.delivery
      where d.pipeline = $1 and w.window_start = $2
   group by d.id
   order by d.origin collate "C"`,
    [pipeline, windowStart],
  );
}

/** What the published window of each curated table was made from. */
export function lineageOf(
  database: Database,
  tables: readonly string[],
  windowStart: string,
): Promise<{ table: string; epoch: string; code: string; inputs: { table: string; layer: string }[] }[]> {
  return database.query(
    `select distinct on (table_name) table_name as "table", epoch, code, inputs
       from weir.lineage
      where table_name = any ($1) and window_start = $2
   order by table_name, epoch desc`,
    [tables, windowStart],
  );
}
