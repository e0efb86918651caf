import type { Claim } from '../../model/run/claim';
import { RunLost } from '../../model/run/errors';
import { windowName } from '../../model/time/window';
import type { Database, Tx } from '../postgres/database';
import { LOCK_NOT_AVAILABLE, fencedOut, sqlstateOf } from '../postgres/errors';

/** Which Temporal execution asks; a retry of the same one gets its own claim again. */
export interface Execution {
  readonly workflowId: string;
  readonly workflowRunId: string;
}

/** One try of one step: what the fence compares. */
export interface StepAttempt {
  readonly claim: Claim;
  readonly step: number;
  readonly attempt: number;
  readonly name: string;
  /** The Temporal execution that asks. */
  readonly by: Execution;
  readonly table?: string;
  readonly signal?: AbortSignal;
}

export interface StepCounts {
  readonly rowsIn?: number;
  readonly rowsOut?: number;
}

/** The window's row while its fence is held. */
export interface WindowLock {
  /** How often commits had changed rows of this window when the fence was taken; it cannot grow before this transaction ends. */
  readonly touches: number;
}

const SUCCESSOR_PATIENCE_MS = 2_000;
const TRIES = 5;
const SERIALIZATION_FAILURES = ['40001', '40P01'];

// By the window's start, whatever it is called: versions before called local days by it.
export const windowHolder = ({ order: { plan, window } }: Claim): string =>
  `w:${plan.pipeline}/${windowName({ start: window.start, end: window.end })}`;

/**
 * Runs `body` as one step of a run, at most once: one transaction that proves the fence, does the work and records the step.
 * A step that is recorded already (its commit's answer was lost) gives its answer again; an older attempt writes nothing.
 * @throws Fenced when a newer (epoch, step, attempt) has the window, RunLost when the ledger does not remember the steps before.
 * @see Kleppmann, How to do distributed locking, 2016 (fencing tokens)
 */
export async function fencedStep<T extends object>(
  database: Database,
  attempt: StepAttempt,
  body: (tx: Tx, held: WindowLock) => Promise<{ result: T } & StepCounts>,
  isolation: 'read committed' | 'repeatable read' = 'read committed',
): Promise<T> {
  const holder = {
    what: windowHolder(attempt.claim),
    epoch: attempt.claim.epoch,
    step: attempt.step,
    attempt: attempt.attempt,
  };
  const started = performance.now();
  for (let tries = 1; ; tries++) {
    try {
      return await database.tx(
        async (tx) => {
          const held = await holdFence(tx, attempt);
          const recorded = await proveRun<T>(tx, attempt);
          if (recorded) return recorded;
          const { result, ...counts } = await body(tx, held);
          await recordStep(tx, attempt, result, counts, performance.now() - started);
          return result;
        },
        { isolation, holder, lockTimeoutMs: SUCCESSOR_PATIENCE_MS, ...(attempt.signal && { signal: attempt.signal }) },
      );
    } catch (error) {
      const state = sqlstateOf(error);
      if (tries === TRIES || !state) throw error;
      // A stopped process that still holds the row would keep us waiting: end older sessions of this window, then try again.
      if (state === LOCK_NOT_AVAILABLE) await database.endOlder(holder);
      else if (!SERIALIZATION_FAILURES.includes(state)) throw error;
    }
  }
}

/** The conditional update that is the fence: it locks the window's row until commit, or finds a newer holder and throws. */
async function holdFence(tx: Tx, attempt: StepAttempt): Promise<WindowLock> {
  const { order, epoch } = attempt.claim;
  const rows = await tx.query<{ touches: string }>(
    `update weir.windows
        set step = $4, attempt = $5
      where pipeline = $1
        and window_start = $2
        and epoch = $3
        and (step, attempt) <= ($4, $5)
  returning touches`,
    [order.plan.pipeline, order.window.start, epoch, attempt.step, attempt.attempt],
  );
  const [row] = rows;
  if (!row)
    throw fencedOut(
      `${order.plan.pipeline} ${windowName(order.window)}, epoch ${epoch}, step ${attempt.step}, attempt ${attempt.attempt}`,
    );
  return { touches: Number(row.touches) };
}

/**
 * Proves that this ledger remembers the run and every step before this one, since Temporal may remember more than a PostgreSQL that lost
 * its last commits; the answer of this step where it is recorded, else null.
 * @throws RunLost when it does not: another ledger, no such run or one of another execution, or a step that is not recorded.
 */
export async function proveRun<T>(on: Pick<Tx, 'query'>, attempt: StepAttempt): Promise<T | null> {
  const { claim, step, by } = attempt;
  const [row] = await on.query<{ ledger: string; mine: boolean | null; before: number; result: T | null }>(
    `select (select id::text from weir.ledger) as ledger,
            r.workflow_id = $3 and r.workflow_run_id = $4 as mine,
            (select count(*)::integer from weir.steps s where s.epoch = $1 and s.step < $2) as before,
            (select s.result from weir.steps s where s.epoch = $1 and s.step = $2) as result
       from (values (1)) one
  left join weir.runs r on r.epoch = $1`,
    [claim.epoch, step, by.workflowId, by.workflowRunId],
  );
  const { ledger, mine, before, result } = row!;
  const missing =
    claim.ledger !== undefined && claim.ledger !== ledger
      ? 'it was begun in another ledger'
      : !mine
        ? `the ledger has ${mine === null ? 'no run of this number' : 'another run of this number'}`
        : before < step - 1
          ? `${step - 1 - before} of the ${step - 1} steps before this one are not recorded`
          : null;
  if (missing === null) return result;
  throw new RunLost(
    `${claim.order.plan.pipeline} ${windowName(claim.order.window)}, run ${claim.epoch}: ${missing}; PostgreSQL lost what it had committed`,
    {
      next: 'nothing: the run begins again from its claim',
      stillTrue: 'this step wrote nothing; readers keep what was published',
    },
  );
}

export async function recordStep(
  tx: Pick<Tx, 'query'>,
  attempt: StepAttempt,
  result: object,
  counts: StepCounts,
  ms: number,
): Promise<void> {
  await tx.query(
    `insert into weir.steps (epoch, step, name, table_name, attempt, rows_in, rows_out, ms, result)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict do nothing`,
    [
      attempt.claim.epoch,
      attempt.step,
      attempt.name,
      attempt.table ?? null,
      attempt.attempt,
      counts.rowsIn ?? 0,
      counts.rowsOut ?? 0,
      ms,
      JSON.stringify(result),
    ],
  );
}
