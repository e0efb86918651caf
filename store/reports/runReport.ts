import type { Ingested } from '../../model/run/outcome';
import { OF_RANGE } from '../ledger/runs';
import type { Database } from '../postgres/database';

export interface StepReport {
  readonly name: string;
  readonly table: string | null;
  readonly rows: number;
  readonly ms: number;
  readonly attempt: number;
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
      }>(
        `select name, table_name, rows_out, ms, attempt, result -> 'gone' as gone, result -> 'absent' as absent from weir.steps where epoch = $1 order by step`,
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
    })),
    deadLetters: Number(letters!.n),
    gone: steps.find((step) => step.gone)?.gone ?? null,
    absent: steps.find((step) => step.absent)?.absent ?? null,
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
}

/** Runs of a window, newest first. */
export async function runsOf(
  database: Database,
  pipeline: string,
  windowStart: string,
  limit: number,
): Promise<RunRow[]> {
  const rows = await database.query<Omit<RunRow, 'epoch'> & { epoch: string }>(
    `select epoch, kind, state, error, started_at as "startedAt", extract(epoch from ended_at - started_at)::float as seconds, workflow_id as "workflowId"
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
): Promise<{ table: string; check: string; severity: string; rows: string; sample: string[] }[]> {
  return database.query(
    `select table_name as "table", check_name as "check", severity, rows, sample from weir.check_results where epoch = $1 order by table_name, check_name`,
    [epoch],
  );
}

/** Deliveries that hold records of a window. */
export function deliveriesOf(
  database: Database,
  pipeline: string,
  windowStart: string,
): Promise<{ origin: string; delivery: number; landed: string; rows: string; dead: string }[]> {
  return database.query(
    `select d.origin, d.id as delivery, d.landed_at as landed, sum(w.rows) as rows, sum(w.dead) as dead
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

export interface DeadLetterRow {
  readonly delivery: number;
  readonly origin: string;
  readonly record: number;
  readonly window: string | null;
  readonly column: string | null;
  readonly reason: string;
  readonly value: string | null;
  readonly bytes: Buffer;
}

/** Records set aside of deliveries that count, in the order of their origin and position. */
export function deadLettersOf(
  database: Database,
  pipeline: string,
  windowStart: string | null,
  limit: number,
): Promise<DeadLetterRow[]> {
  return database.query(
    `select l.delivery, d.origin, l.record, l.window_start as window, l.column_name as column, l.reason, l.value, l.bytes
       from weir.dead_letters l
       join weir.deliveries d on d.id = l.delivery
       join weir.origins o on o.cleaned = d.id
      where l.pipeline = $1 and ($2::timestamptz is null or l.window_start = $2)
   order by d.origin collate "C", l.record
      limit $3`,
    [pipeline, windowStart, limit],
  );
}

/** Dead letters counted by reason, column or window, most first. */
export function deadLetterCounts(
  database: Database,
  pipeline: string,
  by: 'reason' | 'column' | 'window',
): Promise<{ what: string | null; records: string; example: string | null }[]> {
  const expression = { reason: 'l.reason', column: 'l.column_name', window: 'l.window_start::text' }[by];
  return database.query(
    `select ${expression} as what, count(*) as records, min(l.value) as example
       from weir.dead_letters l
       join weir.origins o on o.cleaned = l.delivery
      where l.pipeline = $1
   group by 1
   order by 2 desc, 1`,
    [pipeline],
  );
}
