import { createActivities } from '../../activities/index';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Database } from '../../store/postgres/database';
import type { Config } from '../../workers/config';
import type { RunningWorker } from '../../workers/worker';
import { startWorker } from '../../workers/worker';
import type { Services } from '../services/services';

/** A worker over the register, in this process. */
export const startLocalWorker = (
  { temporal }: Services,
  database: Database,
  register: readonly Pipeline[],
  config: Config,
): Promise<RunningWorker> =>
  startWorker({
    connection: temporal.connectionOptions,
    namespace: temporal.namespace,
    activities: createActivities({ database, register }),
    config,
  });
