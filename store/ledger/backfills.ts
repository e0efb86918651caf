import type { BackfillRequest, WindowPage } from '../../model/run/backfill';
import { spans } from '../../model/time/spans';
import type { Window } from '../../model/time/window';
import { WHOLE, isWhole, rangeName, split, zoneOf } from '../../model/time/window';
import type { Database } from '../postgres/database';
import { checksFingerprint, windowFingerprint } from './fingerprint';
import type { Execution } from './runs';
import { OF_RANGE, openRun } from './runs';

/** Registers a backfill in the ledger; its epoch marks which windows were run since. A retry gets the same one. */
export async function openBackfill(
  database: Database,
  order: BackfillRequest,
  by: Execution,
): Promise<{ epoch: number; windows: number }> {
  return database.tx(async (tx) => {
    const { plan, range, kind } = order;
    const { epoch } = await openRun(tx, plan.pipeline, `${kind} range`, range, by, { ...order, plan: undefined });
    const page = await owedWindows(tx, order, epoch, null, Number.MAX_SAFE_INTEGER);
    await tx.query(
      `update weir.runs set state = 'orphaned', ended_at = clock_timestamp(), error = 'the same backfill was started again'
        where pipeline = $1 and workflow_id = $2 and epoch < $3 and state = 'running'`,
      [plan.pipeline, by.workflowId, epoch],
    );
    return { epoch, windows: page.length };
  });
}

/** At most `limit` windows that still owe a run, from `after` on, as spans. */
export async function pageBackfill(
  database: Database,
  order: BackfillRequest,
  epoch: number,
  after: string | null,
  limit: number,
): Promise<WindowPage> {
  const owed = await owedWindows(database, order, epoch, after, limit + 1);
  const page = owed.slice(0, limit);
  const oneLength = zoneOf(order.plan.grain) === null;
  return {
    spans: oneLength ? spans(page) : oldestFirst(page),
    windows: page.length,
    next: owed.length > limit ? page.at(-1)!.start : null,
  };
}

/** True when this window still owes a run for the backfill. */
export async function owesRun(
  database: Database,
  order: BackfillRequest,
  epoch: number,
  window: Window,
): Promise<boolean> {
  const owed = await owedWindows(database, { ...order, range: window }, epoch, null, 1);
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

interface KnownWindow {
  readonly start: string;
  readonly state: string;
  readonly stale: boolean;
  readonly published_epoch: string | null;
  readonly epoch: string;
}

// The calendar says which windows there are, the ledger how they stand.
async function owedWindows(
  on: Pick<Database, 'query'>,
  order: BackfillRequest,
  epoch: number,
  after: string | null,
  limit: number,
): Promise<Window[]> {
  const { plan, range, newestFirst } = order;
  const known = new Map(
    (
      await on.query<KnownWindow>(
        `select window_start as start, state, epoch, published_epoch,
                touches > touches_seen or code is distinct from $4 or ($5::text is not null and checks is distinct from $5) as stale
           from weir.windows
          where pipeline = $1 and window_start >= $2 and window_start < $3`,
        [plan.pipeline, range.start, range.end, windowFingerprint(plan.code), checksFingerprint(plan)],
      )
    ).map((row) => [row.start, row]),
  );
  const all = isWhole(range) ? [WHOLE] : split(plan.grain, range);
  const ordered = newestFirst ? all.reverse() : all;
  const owed: Window[] = [];
  for (const window of ordered) {
    if (after !== null && (newestFirst ? window.start >= after : window.start <= after)) continue;
    if (owes(order, epoch, known.get(window.start))) owed.push(window);
    if (owed.length === limit) break;
  }
  return owed;
}

function owes(order: BackfillRequest, epoch: number, known: KnownWindow | undefined): boolean {
  // Run since this backfill began, by whomever: owed only if it was touched in between.
  if (known && known.published_epoch !== null && Number(known.published_epoch) > epoch && !known.stale) return false;
  switch (order.which) {
    case 'all':
      return true;
    case 'owed':
      return !known || known.published_epoch === null || known.state !== 'published' || known.stale;
    case 'missing':
      return !known || known.published_epoch === null;
    case 'failed':
      return known?.state === 'failed' || known?.state === 'held';
    case 'stale':
      return known !== undefined && known.published_epoch !== null && known.stale;
  }
}

const oldestFirst = (windows: readonly Window[]): Window[] => [...windows].sort((a, b) => (a.start < b.start ? -1 : 1));

/** Windows that runs since the backfill's beginning published, failed or held, and those still owed. */
export async function backfillCounts(
  database: Database,
  order: BackfillRequest,
  epoch: number,
): Promise<{ done: number; failed: number; owed: number }> {
  const [counts] = await database.query<{ done: string; failed: string }>(
    `select count(*) filter (where published_epoch > $2) as done,
            count(*) filter (where epoch > $2 and state in ('failed', 'held')) as failed
       from weir.windows
      where pipeline = $1 and window_start >= $3 and window_start < $4`,
    [order.plan.pipeline, epoch, order.range.start, order.range.end],
  );
  const owed = order.which === 'all' ? [] : await owedWindows(database, order, epoch, null, Number.MAX_SAFE_INTEGER);
  return { done: Number(counts!.done), failed: Number(counts!.failed), owed: owed.length };
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
  pipeline: string,
): Promise<{ workflowId: string; range: string; epoch: number }[]> {
  const rows = await database.query<{ workflow_id: string; epoch: string; start: string; end: string }>(
    `select workflow_id, epoch, window_start as start, window_end as end
       from weir.runs
      where pipeline = $1 and ${OF_RANGE} and state = 'running'
   order by epoch`,
    [pipeline],
  );
  return rows.map(({ workflow_id, epoch, ...range }) => ({
    workflowId: workflow_id,
    range: rangeName(range),
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
