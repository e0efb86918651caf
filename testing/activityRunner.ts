import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../activities/index';
import type { Pipeline } from '../model/definition/pipeline';
import type { Claim } from '../model/run/claim';
import type { Outcome } from '../model/run/outcome';
import type { RunRequest, RunKind } from '../model/run/request';
import type { Activities } from '../model/run/steps';
import { stepsOver } from '../model/run/steps';
import type { Window } from '../model/time/window';
import { compiled } from '../store/ledger/fingerprint';
import type { Database } from '../store/postgres/database';
import { runSteps } from '../workflows/runWindow';

let runs = 0;
/** Who claimed a run, by any runner of this process: its steps are called by the same execution. */
const claimedBy = new Map<number, string>();

/** An activity as Temporal would call it; says nothing of failures that a test wants. */
export const calledBy = (workflowRunId: string, attempt: number): MockActivityEnvironment =>
  new MockActivityEnvironment(
    { attempt, workflowExecution: { workflowId: 'test', runId: workflowRunId } },
    { logger: new DefaultLogger('ERROR') },
  );

/** Real activities under Temporal's own mock of an activity's surroundings: real PostgreSQL, real bytes, no server. */
export class ActivityRunner {
  readonly activities: Activities;

  constructor(
    readonly database: Database,
    readonly register: readonly Pipeline[],
  ) {
    this.activities = createActivities({ database, register });
  }

  /** Calls one activity as `attempt` of the execution `workflowId`. */
  call<K extends keyof Activities>(
    name: K,
    input: Parameters<Activities[K]>[0],
    attempt = 1,
    run = this.runOf(input) ?? `run-${++runs}`,
  ): ReturnType<Activities[K]> {
    const answer = this.callAs(name, input, attempt, run);
    if (name === 'claim')
      void (answer as Promise<Claim>).then(({ epoch }) => claimedBy.set(epoch, run)).catch(() => undefined);
    if (name === 'openBackfill')
      void (answer as Promise<{ epoch: number }>).then(({ epoch }) => claimedBy.set(epoch, run)).catch(() => undefined);
    return answer;
  }

  /** The execution that claimed the run of a step. */
  readonly runOf = (input: object): string | undefined =>
    'claim' in input ? claimedBy.get((input as { claim: Claim }).claim.epoch) : undefined;

  private callAs<K extends keyof Activities>(
    name: K,
    input: Parameters<Activities[K]>[0],
    attempt: number,
    run: string,
  ): ReturnType<Activities[K]> {
    return calledBy(run, attempt).run(this.activities[name] as never, input as never) as unknown as ReturnType<
      Activities[K]
    >;
  }

  order(pipeline: Pipeline, window: Window, kind: RunKind = 'run'): RunRequest {
    return { plan: compiled(pipeline), window, kind };
  }

  claim(pipeline: Pipeline, window: Window): Promise<Claim> {
    return this.call('claim', this.order(pipeline, window));
  }

  /** One whole run: the workflow's own flow, over these activities. */
  run(pipeline: Pipeline, window: Window, kind: RunKind = 'run'): Promise<Outcome> {
    const run = `run-${++runs}`;
    const steps = stepsOver((name, input) => this.call(name, input, 1, run));
    return runSteps(steps, this.order(pipeline, window, kind));
  }
}
