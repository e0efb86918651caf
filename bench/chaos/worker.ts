import { makeActivities } from '../../activities';
import { Database } from '../../store/database';
import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { subject } from './subject';

/** A worker process of the chaos run: the product's own worker over the chaos pipeline. Arguments: database URL, Temporal address, folder of files. */
async function main([databaseUrl, address, folder]: readonly string[]): Promise<void> {
  const config = loadConfig(process.env);
  const database = Database.open(databaseUrl!, { max: config.poolMax });
  const worker = await startWorker({
    connection: { address: address! },
    namespace: 'default',
    activities: makeActivities({ database, register: [subject(folder!)] }),
    config,
  });
  process.stdout.write('serving\n');
  process.once('SIGTERM', () => void worker.shutdown());
  await worker.run;
  await database.close();
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
