import { makeActivities } from '../activities';
import { pipelines } from '../pipelines';
import type { Database } from '../store/database';
import type { Config } from '../workers/config';
import type { RunningWorker } from '../workers/worker';
import { startWorker } from '../workers/worker';
import type { Services } from './services/services';

/** A worker over the register, in this process. */
export const serve = ({ temporal }: Services, database: Database, config: Config): Promise<RunningWorker> =>
  startWorker({
    connection: temporal.connectionOptions,
    namespace: temporal.namespace,
    activities: makeActivities({ database, register: pipelines }),
    config,
  });
