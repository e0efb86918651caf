import { makeActivities } from '../activities';
import type { Pipeline } from '../model';
import { Database } from '../store/database';
import { loadConfig } from '../workers/config';
import { startWorker } from '../workers/worker';

/** A worker process over a pipeline of a bench: the product's own worker. Arguments: database URL, Temporal address, folder of files. */
export async function serve(pipelineOf: (folder: string) => Pipeline): Promise<void> {
  const [databaseUrl, address, folder] = process.argv.slice(2);
  const config = loadConfig(process.env);
  const database = Database.open(databaseUrl!, { max: config.poolMax });
  const worker = await startWorker({
    connection: { address: address! },
    namespace: 'default',
    activities: makeActivities({ database, register: [pipelineOf(folder!)] }),
    config,
  });
  process.stdout.write('serving\n');
  process.once('SIGTERM', () => void worker.shutdown());
  await worker.run;
  await database.close();
}
