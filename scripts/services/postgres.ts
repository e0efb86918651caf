import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '../../model/run/errors';
import { answers, ensureDatabase } from '../../store/postgres/server';
import type { PostgresFiles } from './postgresFiles';
import { postgresFiles } from './postgresFiles';
import { keptPort } from './ports';
import { end, isAlive, spawnServer, untilReady } from './processes';
import { writeServiceFile } from './serviceFile';

const run = promisify(execFile);

/** A PostgreSQL that this process answers for. */
export interface PostgresService {
  readonly url: string;
  readonly pid: number;
  /** Fast shutdown, waited for. */
  stop(): Promise<void>;
  /** As a power failure would. */
  kill(): void;
}

const MAJOR = '18';

/** Starts the embedded PostgreSQL on `home`, making its data directory the first time; an orphan of a killed run is taken over. */
export async function startPostgres(options: {
  home: string;
  port?: number;
  settings?: Readonly<Record<string, string>>;
}): Promise<PostgresService> {
  const files = await postgresFiles(options.home);
  const secret = path.join(options.home, 'postgres.secret');
  if (!existsSync(path.join(files.data, 'PG_VERSION'))) await initialise(files, secret);
  refuseOtherVersion(files);
  const password = readFileSync(secret, 'utf8').trim();
  const urlOf = (port: number): string => `postgres://weir:${password}@127.0.0.1:${port}/weir`;
  const orphan = await adopt(files, urlOf);
  if (orphan) {
    writeServiceFile(options.home, orphan.url);
    return orphan;
  }
  const port = options.port ?? (await keptPort(options.home, 'postgres'));
  const log = path.join(options.home, 'logs', 'postgres.log');
  const settings = { ...defaults(), ...options.settings };
  const args = [
    '-D',
    files.data,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const server = spawnServer(path.join(files.bin, 'postgres'), args, log, { ...files.as, cwd: files.data });
  await untilReady('PostgreSQL', server, log, () => answers(urlOf(port), 'postgres'));
  await ensureDatabase(urlOf(port));
  writeServiceFile(options.home, urlOf(port));
  return service(server.pid, urlOf(port));
}

function service(pid: number, url: string): PostgresService {
  return { url, pid, stop: () => end(pid, 'SIGINT'), kill: () => void (isAlive(pid) && process.kill(pid, 'SIGQUIT')) };
}

async function initialise(files: PostgresFiles, secret: string): Promise<void> {
  const password = randomBytes(18).toString('base64url');
  const passwordFile = path.join(path.dirname(files.data), `initdb-${process.pid}`);
  mkdirSync(path.dirname(secret), { recursive: true });
  // Readable for the moment that initdb, another user where we are root, needs it.
  writeFileSync(passwordFile, password, { mode: files.as ? 0o644 : 0o600 });
  try {
    await run(
      path.join(files.bin, 'initdb'),
      [
        '-D',
        files.data,
        '-U',
        'weir',
        '-E',
        'UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '-A',
        'scram-sha-256',
        `--pwfile=${passwordFile}`,
      ],
      { ...files.as, cwd: '/' },
    );
    writeFileSync(secret, password, { mode: 0o600 });
  } catch (error) {
    throw new Unavailable(
      `PostgreSQL's data directory ${files.data} could not be made: ${String((error as { stderr?: string }).stderr || (error as Error).message).trim()}`,
      {
        next: 'make room or rights there, or set DATABASE_URL; then run the command again',
        cause: error,
      },
    );
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function refuseOtherVersion(files: PostgresFiles): void {
  const version = readFileSync(path.join(files.data, 'PG_VERSION'), 'utf8').trim();
  if (version === MAJOR) return;
  throw new Unavailable(`${files.data} belongs to PostgreSQL ${version}, the embedded one is ${MAJOR}`, {
    next: 'move that folder away to begin anew, or set DATABASE_URL to a server of its version',
    stillTrue: 'the data there is untouched',
  });
}

// postmaster.pid: pid, data directory, start time, port, …; stale after kill -9, and PostgreSQL itself then replaces it.
async function adopt(files: PostgresFiles, urlOf: (port: number) => string): Promise<PostgresService | null> {
  const pidFile = path.join(files.data, 'postmaster.pid');
  if (!existsSync(pidFile)) return null;
  const [pid, , , port] = readFileSync(pidFile, 'utf8').split('\n').map(Number);
  if (!pid || !port || !isAlive(pid)) return null;
  return (await answers(urlOf(port), 'postgres')) ? service(pid, urlOf(port)) : null;
}

function defaults(): Record<string, string> {
  const quarter = Math.floor(os.totalmem() / 4 / 2 ** 20);
  return {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    shared_buffers: `${Math.min(2_048, Math.max(128, quarter))}MB`,
    work_mem: '64MB',
    maintenance_work_mem: '256MB',
    max_wal_size: '8GB',
    checkpoint_timeout: '15min',
    max_locks_per_transaction: '512',
    log_min_messages: 'warning',
    log_min_error_statement: 'panic',
  };
}
