import type { Claim } from '../../model/run/claim';
import { counted } from '../../model/run/counted';
import { SourceWaits } from '../../model/run/errors';
import type { Gate } from '../../model/run/gate';
import type { Outcome, RunEnd } from '../../model/run/outcome';
import type { RunRequest } from '../../model/run/request';
import { workflowIds } from '../../model/run/temporalNames';
import type { Window } from '../../model/time/window';
import { windowName } from '../../model/time/window';
import type { Database, Tx } from '../postgres/database';
import { LOCK_NOT_AVAILABLE, sqlstateOf } from '../postgres/errors';
import type { Execution, StepAttempt } from './fence';
import { fencedStep, windowHolder } from './fence';
import { dropStaged } from '../refresh/staged';

/** Condition: a run of a range (a backfill as a whole), not of a window. */
export const OF_RANGE = `kind in ('backfill range', 'rerun range')`;

/**
 * Takes the window with an epoch larger than any before and opens a run. Older open runs of the window are closed as orphaned:
 * their workflow was terminated or lost. A second call of the same execution returns the same claim.
 */
export async function claimWindow(database: Database, order: RunRequest, by: Execution): Promise<Claim> {
  const { plan, window, kind } = order;
  const take = (): Promise<Claim> =>
    database.tx(
      async (tx) => {
        const { epoch, isNew } = await openRun(tx, plan.pipeline, kind, window, by);
        const [ledger] = await tx.query<{ id: string }>('select id from weir.ledger');
        const claim = { order, epoch, ledger: ledger!.id };
        if (!isNew) {
          // Begun again: its steps are numbered anew; those that are recorded give their answers again.
          if (order.again)
            await tx.query(
              `update weir.windows set step = 0, attempt = 0 where pipeline = $1 and window_start = $2 and epoch = $3`,
              [plan.pipeline, window.start, epoch],
            );
          return claim;
        }
        await tx.query(
          `update weir.runs
              set state = 'orphaned', ended_at = clock_timestamp(), error = 'a newer run of the window took over'
            where pipeline = $1 and window_start = $2 and epoch < $3 and state = 'running' and not ${OF_RANGE}`,
          [plan.pipeline, window.start, epoch],
        );
        await tx.query(
          `insert into weir.windows as w (pipeline, window_start, window_end, state, epoch)
           values ($1, $2, $3, 'running', $4)
               on conflict (pipeline, window_start) do update
              set window_end = excluded.window_end,
                  settled = case when w.state = 'running' then w.settled else w.state end,
                  state = 'running', epoch = excluded.epoch, step = 0, attempt = 0
            where w.epoch < excluded.epoch`,
          [plan.pipeline, window.start, window.end, epoch],
        );
        return claim;
      },
      { lockTimeoutMs: 2_000 },
    );
  try {
    return await take();
  } catch (error) {
    if (sqlstateOf(error) !== LOCK_NOT_AVAILABLE) throw error;
    // The row is locked by a transaction of an older run that was given up: end it, the new run owns the window.
    const ended = await database.endOlder({
      what: windowHolder({ order, epoch: 0 }),
      epoch: Number.MAX_SAFE_INTEGER,
      step: 0,
      attempt: 0,
    });
    if (ended === 0) throw error;
    return await take();
  }
}

/** A row in `runs` for this execution, made once. */
export async function openRun(
  tx: Tx,
  pipeline: string,
  kind: string,
  window: { start: string; end: string },
  by: Execution,
  details: object | null = null,
): Promise<{ epoch: number; isNew: boolean }> {
  const inserted = await tx.query<{ epoch: string }>(
    `insert into weir.runs (pipeline, kind, window_start, window_end, workflow_id, workflow_run_id, details)
     values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (workflow_id, workflow_run_id) do nothing
  returning epoch`,
    [pipeline, kind, window.start, window.end, by.workflowId, by.workflowRunId, details && JSON.stringify(details)],
  );
  if (inserted[0]) return { epoch: Number(inserted[0].epoch), isNew: true };
  const [there] = await tx.query<{ epoch: string }>(
    `select epoch from weir.runs where workflow_id = $1 and workflow_run_id = $2`,
    [by.workflowId, by.workflowRunId],
  );
  return { epoch: Number(there!.epoch), isNew: false };
}

/**
 * `windows` under the names by which their runs are under way: one that a version before began is called by its start in UTC, and is joined under
 * that name, not run beside.
 */
export async function asUnderWay(
  on: Pick<Tx, 'query'>,
  pipeline: string,
  windows: readonly Window[],
): Promise<readonly Window[]> {
  const former = ({ start, end }: Window): string => workflowIds.window(pipeline, windowName({ start, end }));
  const named = windows.filter((window) => window.name !== undefined);
  if (named.length === 0) return windows;
  const rows = await on.query<{ id: string }>(
    `select workflow_id as id from weir.runs where pipeline = $1 and state = 'running' and workflow_id = any ($2)`,
    [pipeline, named.map(former)],
  );
  const open = new Set(rows.map(({ id }) => id));
  return windows.map((window) => (open.has(former(window)) ? { start: window.start, end: window.end } : window));
}

/** Keeps the window back; readers keep the former one, curated and published tables are untouched. */
export function holdWindow(
  database: Database,
  attempt: StepAttempt,
  gate: Gate,
  stages: readonly string[],
): Promise<Outcome> {
  return fencedStep(database, attempt, async (tx) => {
    const { order, epoch } = attempt.claim;
    for (const stage of stages) await tx.run(`delete from ${stage} where _epoch = $1`, [epoch]);
    // What a former run staged of it is not published either: this one is newer.
    await dropStaged(tx, order.plan.pipeline, order.window.start, stages);
    await endRun(tx, attempt.claim, 'held', closedBy(gate));
    const result: Outcome = {
      pipeline: order.plan.pipeline,
      window: windowName(order.window),
      state: 'held',
      rows: gate.rows,
      written: 0,
      digest: '',
      gate,
    };
    return { result };
  });
}

/** Closes a run that failed or was cancelled. A run that a newer one has overtaken closes its own row only. */
export async function closeRun(
  database: Database,
  attempt: StepAttempt,
  ended: RunEnd,
  stages: readonly string[],
): Promise<void> {
  const { order, epoch } = attempt.claim;
  await database.endOlder({ what: windowHolder(attempt.claim), epoch, step: attempt.step, attempt: attempt.attempt });
  await database.tx(async (tx) => {
    for (const stage of stages) await tx.run(`delete from ${stage} where _epoch = $1`, [epoch]);
    await tx.query(
      // What a step noted (`noteError`) says more than what came back through Temporal.
      `update weir.runs set state = $2, error = case when $2 = 'failed' then coalesce(error, $3) else $3 end, error_type = $4, ended_at = clock_timestamp() where epoch = $1 and state = 'running'`,
      [epoch, ended.state, ended.error.slice(0, 4_000), ended.type ?? null],
    );
    await tx.query(
      `update weir.windows
          set state = case
                        -- A file that is not there yet is no fault: the window is what it was, and not failed.
                        when $7 and settled = 'failed' then case when published_at is null then 'missing' else 'published' end
                        when $4 = 'failed' and not $7 then 'failed'
                        else settled
                      end,
              step = $5, attempt = $6
        where pipeline = $1 and window_start = $2 and epoch = $3 and state = 'running'`,
      [
        ...[order.plan.pipeline, order.window.start, epoch, ended.state, attempt.step, attempt.attempt],
        ended.type === SourceWaits.name,
      ],
    );
  });
}

/** Notes why a step of an open run fails, with the rows that PostgreSQL names; the run is closed later, by its workflow. */
export async function noteError(database: Database, { claim, by }: StepAttempt, error: string): Promise<void> {
  await database.query(
    `update weir.runs
        set error = $4
      where epoch = $1 and state = 'running' and workflow_id = $2 and workflow_run_id = $3`,
    [claim.epoch, by.workflowId, by.workflowRunId, error.slice(0, 4_000)],
  );
}

/** Ends the run and its window in one state. */
export async function endRun(
  tx: Tx,
  claim: Claim,
  state: 'published' | 'staged' | 'held',
  error: string | null,
): Promise<void> {
  await tx.query(`update weir.runs set state = $2, error = $3, ended_at = clock_timestamp() where epoch = $1`, [
    claim.epoch,
    state,
    error,
  ]);
  if (state === 'held') {
    await tx.query(`update weir.windows set state = 'held' where pipeline = $1 and window_start = $2`, [
      claim.order.plan.pipeline,
      claim.order.window.start,
    ]);
  }
}

const closedBy = (gate: Gate): string =>
  `gate closed on ${gate.table}: ${gate.failed
    .filter((check) => check.severity === 'error')
    .map((check) => `${check.check}: ${check.saw ?? counted(check.rows, 'row fails', 'rows fail')}`)
    .join('; ')}`;
