import { Client } from '@temporalio/client';
import { connect } from '../../client/connect';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Project } from '../../model/definition/project';
import { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { loadConfig } from '../../workers/config';
import type { RunningWorker } from '../../workers/worker';
import type { Services } from '../services/services';
import { openServices } from '../services/services';
import { interruption } from './interruption';

/** Everything a command that moves data stands on: services, ledger, client and, where nobody else serves the queues, a worker. */
export interface Runtime {
  readonly services: Services;
  readonly database: Database;
  readonly client: Client;
  readonly register: readonly Pipeline[];
  /** Aborted when the person wants this command to end: `body` then returns, and what was opened is closed. */
  readonly interrupted: AbortSignal;
  /** Present when this process serves the task queues itself. */
  readonly worker?: RunningWorker;
}

// Loaded where this process serves: a command that asks another worker starts in half the time without it.
const localWorker = (): typeof import('./localWorker') => require('./localWorker') as typeof import('./localWorker');

/**
 * Opens a runtime, runs `body`, and closes what it opened, in order: the worker drains before its database goes.
 * `tables: 'later'` leaves making them to `body`, which changes them first. `worker: 'if needed'` starts one when the services are ours alone, since then nobody else can serve.
 */
export async function withRuntime<T>(
  project: Project,
  options: { worker: 'always' | 'if needed'; tables?: 'later' },
  body: (runtime: Runtime) => Promise<T>,
): Promise<T> {
  const config = loadConfig(process.env);
  const interrupted = interruption();
  const closers: (() => Promise<unknown>)[] = [];
  try {
    const services = await openServices({ home: config.home, need: ['postgres', 'temporal'] });
    closers.push(() => services.close());
    const database = Database.open(services.databaseUrl, { max: config.poolMax });
    closers.push(() => database.close());
    await migrate(database);
    if (options.tables !== 'later') await ensureLayerTables(database, project.pipelines);
    const connection = await connect(services.temporal);
    closers.push(() => connection.close());
    const client = new Client({ connection, namespace: services.temporal.namespace });
    const serves = options.worker === 'always' || services.started.includes('temporal');
    const worker = serves
      ? await localWorker().startLocalWorker(services, database, project.pipelines, config)
      : undefined;
    if (worker) closers.push(() => worker.shutdown());
    interrupted.throwIfAborted();
    return await body({
      services,
      database,
      client,
      register: project.pipelines,
      interrupted,
      ...(worker && { worker }),
    });
  } finally {
    for (const close of closers.reverse()) await close();
  }
}
