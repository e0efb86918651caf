import { Context, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { Pipeline } from '../model/pipeline';
import type { StepCall } from '../model/steps';
import { DefinitionInvalid } from '../model/errors';
import { compilePlan } from '../model/plan';
import type { Database } from '../store/database';
import type { Attempt } from '../store/fence';
import { fingerprint } from '../store/layerTables';
import type { Execution } from '../store/runs';

/** What every activity works with. */
export interface Room {
  readonly database: Database;
  readonly register: readonly Pipeline[];
}

/** Who asks: the Temporal execution that runs this activity. */
export function execution(): Execution {
  const { workflowExecution } = Context.current().info;
  return { workflowId: workflowExecution?.workflowId ?? '', workflowRunId: workflowExecution?.runId ?? '' };
}

/** This try of this step, with the signal that cancels its running statement. */
export function attemptOf(call: StepCall, name: string, table?: string): Attempt {
  return {
    claim: call.claim,
    step: call.step,
    attempt: Context.current().info.attempt,
    name,
    ...(table && { table }),
    signal: cancellationSignal(),
  };
}

/** The definition behind a plan. @throws DefinitionInvalid when this worker's code is not what the plan was made from. */
export function pipelineOf(
  room: Room,
  call: { readonly claim: { readonly order: { readonly plan: StepCall['claim']['order']['plan'] } } },
): Pipeline {
  const { plan } = call.claim.order;
  const pipeline = room.register.find((candidate) => candidate.name === plan.pipeline);
  const served = pipeline && compilePlan(pipeline, fingerprint).code;
  if (!pipeline || !served || Object.entries(plan.code).some(([table, code]) => served[table] !== code)) {
    throw new DefinitionInvalid(
      `this worker's code of pipeline ${plan.pipeline} is not the one this run was started with`,
      {
        next: `start the run again: weir run ${plan.pipeline}`,
        stillTrue: 'nothing was written; readers keep what was published',
      },
    );
  }
  return pipeline;
}

const HEARTBEAT_MS = 2_000;

/** Beats while `work` runs, with its latest progress, so that a dead worker is noticed and cancellation arrives. */
export async function beating<T>(work: (progress: (details: unknown) => void) => Promise<T>): Promise<T> {
  let details: unknown;
  const timer = setInterval(() => heartbeat(details), HEARTBEAT_MS);
  try {
    return await work((now) => (details = now));
  } finally {
    clearInterval(timer);
  }
}
