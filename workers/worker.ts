import { join } from 'node:path';
import type { NativeConnectionOptions, WorkerOptions } from '@temporalio/worker';
import { NativeConnection, Worker } from '@temporalio/worker';
import { failureInterceptor } from '../activities/failures';
import type { Activities } from '../model/run/steps';
import { QUEUES } from '../model/run/temporalNames';
import { workflowBundle } from './bundle';
import type { Config } from './config';
import { installRuntime } from './sdkRuntime';
import { ensureSearchAttributes } from './searchAttributes';

/** What a worker serves with. */
export interface WorkerParts {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly activities: Activities;
  readonly config: Config;
  /** A bundle that is there already; else it is found or made under the home folder. */
  readonly bundle?: { readonly codePath: string };
}

export interface RunningWorker {
  /** Ends when the worker was shut down; fails when it cannot go on. */
  readonly run: Promise<void>;
  /** Takes nothing new, lets steps end within the grace, rolls back the others; they are tried elsewhere. */
  shutdown(): Promise<void>;
}

/** How long steps that were told to stop may take to roll back, before the worker ends without them: the fence keeps them out. */
const ROLLBACK_MS = 15_000;

/** Serves all task queues from this process: workflows, and steps in fixed slots for each of fresh and backfill. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { config } = parts;
  installRuntime(config.logLevel);
  const [connection, bundle] = await Promise.all([
    NativeConnection.connect(parts.connection),
    parts.bundle ?? workflowBundle(join(config.home, 'bundle')),
  ]);
  const workers = await createWorkers(parts, connection, bundle).catch(async (error: unknown) => {
    await connection.close();
    throw error;
  });
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  // One that cannot go on takes the others along: half a worker looks healthy and is not.
  const running = workers.map((worker) => worker.run().finally(stop));
  const run = Promise.allSettled(running).then(async (ends) => {
    await connection.close();
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  });
  run.catch(() => undefined);
  return {
    run,
    async shutdown() {
      stop();
      await run;
    },
  };
}

async function createWorkers(
  { config, namespace, activities }: WorkerParts,
  connection: NativeConnection,
  workflowBundle: { readonly codePath: string },
): Promise<Worker[]> {
  await ensureSearchAttributes(connection, namespace);
  const common = {
    connection,
    namespace,
    ...versionOptions(config),
    shutdownGraceTime: config.shutdownGraceMs,
    shutdownForceTime: config.shutdownGraceMs + ROLLBACK_MS,
  };
  return Promise.all([
    Worker.create({ ...common, ...workflowOptions(config), workflowBundle }),
    Worker.create({ ...common, ...activityOptions(config.freshSlots), activities, taskQueue: QUEUES.fresh }),
    Worker.create({ ...common, ...activityOptions(config.backfillSlots), activities, taskQueue: QUEUES.backfill }),
  ]);
}

/** Where the server knows Worker Deployments (1.29 on) and a build is named: runs and their steps stay with the build that began them. */
const versionOptions = ({ deployment, buildId }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> =>
  buildId === ''
    ? {}
    : {
        workerDeploymentOptions: {
          useWorkerVersioning: true,
          version: { deploymentName: deployment, buildId },
          defaultVersioningBehavior: 'PINNED',
        },
      };

const workflowOptions = (config: Config): Pick<WorkerOptions, 'taskQueue'> & Partial<WorkerOptions> => ({
  taskQueue: QUEUES.workflows,
  maxCachedWorkflows: config.maxCachedWorkflows,
  maxConcurrentWorkflowTaskExecutions: 40,
  // How long a dead worker's runs wait for it before any other takes them over.
  stickyQueueScheduleToStartTimeout: '5s',
});

const activityOptions = (slots: number): Partial<WorkerOptions> => ({
  maxConcurrentActivityTaskExecutions: slots,
  // A cancelled step hears of it with its next heartbeat, so this bounds how long a cancel takes.
  maxHeartbeatThrottleInterval: '5s',
  interceptors: { activity: [failureInterceptor] },
});
