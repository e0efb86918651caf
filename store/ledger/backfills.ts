import type { Pipeline } from '../../model/definition/pipeline';
import type { BackfillRequest, StaleWindows, WindowPage } from '../../model/run/backfill';
import { SourceWaits } from '../../model/run/errors';
import { spans } from '../../model/time/spans';
import type { Window } from '../../model/time/window';
import {
  WHOLE,
  firstStart,
  isWhole,
  rangeName,
  split,
  wholeWindows,
  windowAt,
  windowName,
  zoneOf,
} from '../../model/time/window';
import type { Database } from '../postgres/database';
import type { Accepted } from '../standing/accepted';
import { acceptedWindows } from '../standing/accepted';
import type { Execution } from './fence';
import { OF_RANGE, asUnderWay, openRun } from './runs';
import type { KnownWindow } from './windows';
import { knownWindows } from './windows';

/** The definition of a backfill's pipeline, and every other that it may read. */
export interface Definitions {
  readonly register: readonly Pipeline[];
  readonly pipeline: Pipeline;
}

/** Registers a backfill in the ledger; its epoch marks which windows were run since. A retry gets the same one. */
export async function openBackfill(
  database: Database,
  definitions: Definitions,
  order: BackfillRequest,
  by: Execution,
): Promise<{ epoch: number; windows: number }> {
  return database.tx(async (tx) => {
    const { plan, range, kind } = order;
    const { epoch } = await openRun(tx, plan.pipeline, `${kind} range`, range, by, { ...order, plan: undefined });
    const page = await owedWindows(tx, definitions, order, epoch, null, Number.MAX_SAFE_INTEGER);
    await tx.query(
      `update weir.runs set state = 'orphaned', ended_at = clock_timestamp(), error = 'the same backfill was started again'
        where pipeline = $1 and workflow_id = $2 and epoch < $3 and state = 'running'`,
      [plan.pipeline, by.workflowId, epoch],
    );
    return { epoch, windows: page.length };
  });
}

/** At most `limit` windows that still owe a run, from `after` on, as spans; with `again` those that were published since it began and then touched. */
export async function pageBackfill(
  database: Database,
  definitions: Definitions,
  order: BackfillRequest,
  epoch: number,
  after: string | null,
  limit: number,
  again?: true,
): Promise<WindowPage> {
  const chosen = again && ((known: KnownWindow | undefined) => isTouchedAgain(epoch, known));
  const owed = await owedWindows(database, definitions, order, epoch, after, limit + 1, chosen);
  const page = owed.slice(0, limit);
  const cutAnywhere = zoneOf(order.plan.grain) === null;
  return {
    spans: cutAnywhere ? spans(page) : await asUnderWay(database, order.plan.pipeline, oldestFirst(page)),
    windows: page.length,
    next: owed.length > limit ? page.at(-1)!.start : null,
  };
}

/** True when this window still owes a run for the backfill. */
export async function owesRun(
  database: Database,
  definitions: Definitions,
  order: BackfillRequest,
  epoch: number,
  window: Window,
): Promise<boolean> {
  const owed = await owedWindows(database, definitions, { ...order, range: window }, epoch, null, 1);
  return owed.length > 0;
}

/** True while some run of the window is open. */
export async function isRunning(database: Database, pipeline: string, window: Window): Promise<boolean> {
  const rows = await database.query(
    `select from weir.windows where pipeline = $1 and window_start = $2 and state = 'running'`,
    [pipeline, window.start],
  );
  return rows.length > 0;
}

export async function finishBackfill(
  database: Database,
  epoch: number,
  ended: { state: 'published' | 'failed' | 'cancelled'; done: number; failed: number; error?: string },
): Promise<void> {
  await database.query(
    `update weir.runs
        set state = $2, error = $3, ended_at = clock_timestamp(), details = coalesce(details, '{}') || $4
      where epoch = $1 and state = 'running'`,
    [epoch, ended.state, ended.error ?? null, JSON.stringify({ done: ended.done, failed: ended.failed })],
  );
}

// The calendar says which windows there are, the ledger how they stand.
async function owedWindows(
  on: Pick<Database, 'query'>,
  definitions: Definitions,
  order: BackfillRequest,
  epoch: number,
  after: string | null,
  limit: number,
  chosen = (known: KnownWindow | undefined): boolean => owes(order, epoch, known),
): Promise<Window[]> {
  const { plan, range, newestFirst } = order;
  const known = await knownWindows(on, definitions, plan, range);
  // What nobody will fill is run where it is asked for by itself, not on the way.
  const accepted =
    order.which === 'owed'
      ? await acceptedWindows(on, plan.pipeline, { start: firstStart(plan.grain, range), end: range.end })
      : new Map<string, Accepted>();
  const all = isWhole(range) ? [WHOLE] : split(plan.grain, range);
  const ordered = newestFirst ? all.reverse() : all;
  const owed: Window[] = [];
  for (const window of ordered) {
    if (after !== null && (newestFirst ? window.start >= after : window.start <= after)) continue;
    if (!accepted.has(window.start) && chosen(known.get(window.start))) owed.push(window);
    if (owed.length === limit) break;
  }
  return owed;
}

function owes(order: BackfillRequest, epoch: number, known: KnownWindow | undefined): boolean {
  // Run since this backfill began, by whomever: owed only if it was touched in between.
  if (isPublishedSince(epoch, known) && known.stale === null) return false;
  // Computed already, and published with the others of its calendar; only who asks for all has it computed again.
  if (known?.state === 'staged') return order.which === 'all' && known.staged!.epoch < epoch;
  switch (order.which) {
    case 'all':
      return true;
    case 'owed':
      return !known || known.publishedEpoch === null || known.state !== 'published' || known.stale !== null;
    case 'missing':
      return !known || known.publishedEpoch === null;
    case 'failed':
      return known?.state === 'failed' || known?.state === 'held';
    case 'stale':
      return known !== undefined && known.publishedEpoch !== null && known.stale !== null;
  }
}

const isPublishedSince = (epoch: number, known: KnownWindow | undefined): known is KnownWindow =>
  known !== undefined && known.publishedEpoch !== null && known.publishedEpoch > epoch;

// Published since the backfill began, and something that it is made from changed after that.
const isTouchedAgain = (epoch: number, known: KnownWindow | undefined): boolean =>
  (isPublishedSince(epoch, known) && known.state === 'published' && known.stale === 'touched') ||
  isStagedAndTouched(epoch, known);

// The same of what it staged.
const isStagedAndTouched = (epoch: number, known: KnownWindow | undefined): boolean =>
  (known?.staged ?? null) !== null &&
  known!.staged!.epoch > epoch &&
  !known!.staged!.isFresh &&
  (known!.state === 'missing' || known!.state === 'published');

/** What of the backfill's range is stale now. */
export async function staleWindows(
  database: Database,
  definitions: Definitions,
  { plan, range }: BackfillRequest,
  epoch: number,
): Promise<StaleWindows> {
  const known = await knownWindows(database, definitions, plan, range);
  const stale = [...known.values()].filter(
    (one) => (one.publishedEpoch !== null && one.stale !== null) || isTouchedAgain(epoch, one),
  );
  return {
    windows: stale.length,
    again: stale.filter((one) => isTouchedAgain(epoch, one)).length,
    first: oldestFirst(stale.map(({ window }) => window))
      .slice(0, SHOWN_STALE)
      .map((window) => windowName(isWhole(window) ? window : windowAt(plan.grain, window.start))),
  };
}

const SHOWN_STALE = 5;

const oldestFirst = (windows: readonly Window[]): Window[] => [...windows].sort((a, b) => (a.start < b.start ? -1 : 1));

/** Windows that runs since the backfill's beginning published (or staged), failed or held, and those still owed. */
export async function backfillCounts(
  database: Database,
  definitions: Definitions,
  order: BackfillRequest,
  epoch: number,
): Promise<{ done: number; failed: number; owed: number }> {
  const [counts] = await database.query<{ done: string; failed: string }>(
    `select count(*) filter (where w.published_epoch > $2 or s.epoch > $2) as done,
            count(*) filter (where w.epoch > $2 and w.state in ('failed', 'held')) as failed
       from weir.windows w
  left join weir.staged s on s.pipeline = w.pipeline and s.window_start = w.window_start
      where w.pipeline = $1 and w.window_start >= $3 and w.window_start < $4`,
    [order.plan.pipeline, epoch, order.range.start, order.range.end],
  );
  const owed =
    order.which === 'all' ? [] : await owedWindows(database, definitions, order, epoch, null, Number.MAX_SAFE_INTEGER);
  return { done: Number(counts!.done), failed: Number(counts!.failed), owed: owed.length };
}

/** True when gates closed on windows of the newest backfill under this id, or their files were not there yet, and nothing else explains the `failed` ones that it counted. */
export async function onlyHeld(database: Database, workflowId: string, failed: number): Promise<boolean> {
  const [counts] = await database.query<{ held: string; failed: string }>(
    `select count(*) filter (where w.state = 'held' or (w.state <> 'failed' and r.error_type = '${SourceWaits.name}')) as held,
            count(*) filter (where w.state = 'failed') as failed
       from weir.windows w join weir.runs r on r.epoch = w.epoch,
            (select pipeline, epoch, window_start, window_end
               from weir.runs
              where workflow_id = $1
           order by epoch desc
              limit 1) b
      where w.pipeline = b.pipeline
        and w.epoch > b.epoch
        and w.window_start >= b.window_start
        and w.window_start < b.window_end`,
    [workflowId],
  );
  return failed > 0 && Number(counts!.failed) === 0 && Number(counts!.held) >= failed;
}

/** The epoch of the backfill that an execution opened; null until it has. */
export async function epochOf(database: Database, by: Execution): Promise<number | null> {
  const [row] = await database.query<{ epoch: string }>(
    `select epoch from weir.runs where workflow_id = $1 and workflow_run_id = $2`,
    [by.workflowId, by.workflowRunId],
  );
  return row ? Number(row.epoch) : null;
}

/** Backfills that the ledger has as under way, oldest first. */
export async function openBackfills(
  database: Database,
  { name, window }: Pipeline,
): Promise<{ workflowId: string; range: string; epoch: number }[]> {
  const rows = await database.query<{ workflow_id: string; epoch: string; start: string; end: string }>(
    `select workflow_id, epoch, window_start as start, window_end as end
       from weir.runs
      where pipeline = $1 and ${OF_RANGE} and state = 'running'
   order by epoch`,
    [name],
  );
  return rows.map(({ workflow_id, epoch, ...range }) => ({
    workflowId: workflow_id,
    range: rangeName(wholeWindows(window, range)),
    epoch: Number(epoch),
  }));
}

/** The epoch of the pipeline's newest backfill; null when there never was one. */
export async function latestBackfill(database: Database, pipeline: string): Promise<number | null> {
  const [row] = await database.query<{ epoch: string | null }>(
    `select max(epoch) as epoch from weir.runs where pipeline = $1 and ${OF_RANGE}`,
    [pipeline],
  );
  return row!.epoch === null ? null : Number(row!.epoch);
}
