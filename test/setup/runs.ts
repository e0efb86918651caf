import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { makeActivities } from '../../activities';
import { compilePlan } from '../../model/plan';
import type { Pipeline } from '../../model/pipeline';
import type { Activities, Claim, Gate, Order, Outcome, RunKind } from '../../model/steps';
import type { Window } from '../../model/window';
import type { Database } from '../../store/database';
import { fingerprint } from '../../store/fingerprint';

let runs = 0;

/** An activity as Temporal would call it; says nothing of failures that a test wants. */
export const calledBy = (workflowRunId: string, attempt: number): MockActivityEnvironment =>
  new MockActivityEnvironment(
    { attempt, workflowExecution: { workflowId: 'test', runId: workflowRunId } },
    { logger: new DefaultLogger('ERROR') },
  );

/** Real activities under Temporal's own mock of an activity's surroundings: real PostgreSQL, real bytes, no server. */
export class Bench {
  readonly activities: Activities;

  constructor(
    readonly database: Database,
    readonly register: readonly Pipeline[],
  ) {
    this.activities = makeActivities({ database, register });
  }

  /** Calls one activity as `attempt` of the execution `workflowId`. */
  call<K extends keyof Activities>(
    name: K,
    input: Parameters<Activities[K]>[0],
    attempt = 1,
    run = `run-${++runs}`,
  ): ReturnType<Activities[K]> {
    return calledBy(run, attempt).run(this.activities[name] as never, input as never) as unknown as ReturnType<
      Activities[K]
    >;
  }

  order(pipeline: Pipeline, window: Window, kind: RunKind = 'run'): Order {
    return { plan: compilePlan(pipeline, fingerprint), window, kind };
  }

  claim(pipeline: Pipeline, window: Window): Promise<Claim> {
    return this.call('claim', this.order(pipeline, window));
  }

  /** One whole run, step by step, as the workflow does it. */
  async run(pipeline: Pipeline, window: Window): Promise<Outcome> {
    const claim = await this.claim(pipeline, window);
    let step = 0;
    await this.call('ingest', { claim, step: ++step });
    for (const table of claim.order.plan.tables) {
      const gate: Gate = await this.call('refresh', { claim, step: ++step, table });
      if (gate.closed) return this.call('hold', { claim, step: ++step, gate });
    }
    return this.call('publish', { claim, step: ++step });
  }
}
