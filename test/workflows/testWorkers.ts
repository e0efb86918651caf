import type { Client, WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { failureInterceptor } from '../../activities/failures';
import type { Activities } from '../../model/run/steps';
import { QUEUES, SEARCH_ATTRIBUTES } from '../../model/run/temporalNames';
import { workflowBundle } from '../../workers/bundle';
import { installRuntime } from '../../workers/sdkRuntime';
import { indexedTypes } from '../../workers/searchAttributes';
import { ATTRIBUTES } from '../../workflows/shared/searchAttributes';
import { MemoryLedger } from './memoryLedger';

/** How a suite is run: kept in memory as usual, or played again from its first event for every task. */
export const CACHES = [
  ['cached', { maxCachedWorkflows: 100 }],
  [
    'played again for every task',
    { maxCachedWorkflows: 0, workflowFailureErrorTypes: { '*': ['NondeterminismError', 'DeterminismViolationError'] } },
  ],
] as const satisfies readonly (readonly [string, Partial<WorkerOptions>])[];

/** A time-skipping server and workers on all queues; each test puts a fresh ledger behind them. */
export class TestWorkers {
  ledger = new MemoryLedger();
  /** The product's own activities, where a test has a database; then the ledger in memory is asked nothing. */
  real: Activities | null = null;

  private constructor(
    readonly env: TestWorkflowEnvironment,
    private readonly workers: readonly Worker[],
    private readonly running: Promise<unknown>,
  ) {}

  /** On the time-skipping server; on the dev server (real time, a full server) where asked. */
  static async start(
    options: Partial<WorkerOptions> = {},
    server: 'time-skipping' | 'dev' = 'time-skipping',
  ): Promise<TestWorkers> {
    installRuntime('error');
    const env = server === 'dev' ? await startDevServer() : await startTimeSkipping();
    const bundle = process.env['WEIR_TEST_BUNDLE'];
    const connection = env.nativeConnection;
    let serving: TestWorkers | undefined = undefined;
    const activities = forwarding(() => serving!.real ?? serving!.ledger.activities);
    const steps: Partial<WorkerOptions> = {
      connection,
      activities,
      maxHeartbeatThrottleInterval: 50,
      interceptors: { activity: [failureInterceptor] },
    };
    const workers = await Promise.all([
      Worker.create({
        connection,
        taskQueue: QUEUES.workflows,
        workflowBundle: bundle ? { codePath: bundle } : await workflowBundle('.weir/test/bundle'),
        ...options,
      }),
      Worker.create({ ...steps, taskQueue: QUEUES.fresh }),
      Worker.create({ ...steps, taskQueue: QUEUES.backfill }),
    ]);
    serving = new TestWorkers(env, workers, Promise.all(workers.map((worker) => worker.run())));
    return serving;
  }

  /** A dev server whose queues nobody serves yet. The time-skipping one keeps tasks for workers that have gone. */
  static async startServerOnly(): Promise<TestWorkers> {
    installRuntime('error');
    return new TestWorkers(await startDevServer(), [], Promise.resolve());
  }

  get client(): Client {
    return this.env.client;
  }

  async stop(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await this.running;
    await this.env.teardown();
  }

  /** Starts a workflow of ours under `workflowId`. */
  start(type: 'runWindow' | 'backfill' | 'tick', workflowId: string, input: unknown): Promise<WorkflowHandle> {
    return this.client.workflow.start(type, { taskQueue: QUEUES.workflows, workflowId, args: [input] });
  }
}

/** Waits until `ready` holds; the test's own timeout is the judge of never. */
export async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: given('WEIR_TEST_SERVER_PATH') },
  });
  await env.client.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: indexedTypes(Object.values(SEARCH_ATTRIBUTES)),
  });
  return env;
}

const startDevServer = (): Promise<TestWorkflowEnvironment> =>
  TestWorkflowEnvironment.createLocal({
    server: { executable: given('WEIR_TEMPORAL_CLI_PATH'), searchAttributes: Object.values(ATTRIBUTES) },
  });

function given(name: string): { type: 'existing-path'; path: string } {
  const path = process.env[name];
  if (!path) throw new Error(`${name} is not set: run tests through jest with its globalSetup`);
  return { type: 'existing-path', path };
}

// The worker keeps the functions it was made with: these ask for the present ledger at each call.
function forwarding(present: () => Activities): Activities {
  const names = Object.keys(new MemoryLedger().activities) as (keyof Activities)[];
  return Object.fromEntries(
    names.map((name) => [name, (input: never) => (present()[name] as (input: never) => Promise<unknown>)(input)]),
  ) as unknown as Activities;
}
