import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createActivities } from '../activities';
import type { Pipeline } from '../model';
import { Database } from '../store/postgres/database';
import { loadConfig } from '../workers/config';
import { startWorker } from '../workers/worker';

/** A worker process over the pipelines of a bench: the product's own worker. Arguments: database URL, Temporal address, folder of files. */
export async function serve(register: (folder: string) => readonly Pipeline[]): Promise<void> {
  const [databaseUrl, address, folder] = process.argv.slice(2);
  const config = loadConfig(process.env);
  const database = Database.open(databaseUrl!, { max: config.poolMax });
  const worker = await startWorker({
    connection: { address: address! },
    namespace: 'default',
    activities: createActivities({ database, register: register(folder ?? '') }),
    config,
  });
  process.stdout.write('serving\n');
  process.once('SIGTERM', () => void worker.shutdown());
  await worker.run;
  await database.close();
}

/** Runs `work` while `count` processes of the built file `name` serve; ends them, also when it fails. */
export async function withProcesses<T>(
  name: string,
  count: number,
  args: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  const processes = await Promise.all(Array.from({ length: count }, () => start(path.join(__dirname, name), args)));
  try {
    return await work();
  } finally {
    await Promise.all(processes.map(stop));
  }
}

async function start(file: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([
    once(child.stdout!, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended before it served`))),
  ]);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
