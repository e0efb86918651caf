import { Context, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { Pipeline } from '../model/definition/pipeline';
import type { StepCall } from '../model/run/claim';
import { StatementRefused, Unserved } from '../model/run/errors';
import type { StepAttempt, Execution } from '../store/ledger/fence';
import { compiled } from '../store/ledger/fingerprint';
import { noteError } from '../store/ledger/runs';
import type { Database } from '../store/postgres/database';

/** What every activity works with. */
export interface ActivityDependencies {
  readonly database: Database;
  readonly register: readonly Pipeline[];
}

/** Who asks: the Temporal execution that runs this activity. */
export function execution(): Execution {
  const { workflowExecution } = Context.current().info;
  return { workflowId: workflowExecution?.workflowId ?? '', workflowRunId: workflowExecution?.runId ?? '' };
}

/** This try of this step, with the signal that cancels its running statement. */
export function stepAttempt(call: StepCall, name: string, table?: string): StepAttempt {
  return {
    claim: call.claim,
    step: call.step,
    attempt: Context.current().info.attempt,
    name,
    by: execution(),
    ...(table && { table }),
    signal: cancellationSignal(),
  };
}

/** The pipeline of this name. @throws Unserved when this worker's register has none. */
export function servedPipeline(room: ActivityDependencies, name: string): Pipeline {
  const pipeline = room.register.find((candidate) => candidate.name === name);
  if (pipeline) return pipeline;
  throw new Unserved(`this worker serves no pipeline ${name}; the run waits for one that does`, {
    next: `start a worker whose register has it; or end the run: weir cancel ${name}`,
    stillTrue: 'nothing was written; readers keep what was published',
  });
}

/** The definition behind a plan. @throws Unserved when this worker's code is not what the plan was made from. */
export function pipelineOf(
  room: ActivityDependencies,
  call: { readonly claim: { readonly order: { readonly plan: StepCall['claim']['order']['plan'] } } },
): Pipeline {
  const { plan } = call.claim.order;
  const pipeline = servedPipeline(room, plan.pipeline);
  const { code } = compiled(pipeline);
  const other = Object.keys(plan.code).filter((table) => code[table] !== plan.code[table]);
  if (other.length === 0) return pipeline;
  throw new Unserved(
    `this worker's code of ${other.join(', ')} is not the one this run of ${plan.pipeline} was started with; the run waits for a worker that has it`,
    {
      next: `start a worker with that code; or end the run (weir cancel ${plan.pipeline}) and ask for it again with this one`,
      stillTrue: 'nothing was written; readers keep what was published',
    },
  );
}

/** What PostgreSQL says of rows stays in the ledger, whole: Temporal gets it without their values. */
export async function tellLedger<T>(
  { database }: ActivityDependencies,
  call: StepCall,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StatementRefused)
      await noteError(database, stepAttempt(call, 'note'), error.message).catch(() => undefined);
    throw error;
  }
}

const HEARTBEAT_MS = 2_000;

/** Beats while `work` runs, with its latest progress, so that a dead worker is noticed and cancellation arrives. */
export async function withHeartbeat<T>(work: (progress: (details: unknown) => void) => Promise<T>): Promise<T> {
  let details: unknown;
  const timer = setInterval(() => heartbeat(details), HEARTBEAT_MS);
  try {
    return await work((now) => (details = now));
  } finally {
    clearInterval(timer);
  }
}
