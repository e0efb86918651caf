import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../model/run/temporalNames';
import { findTemporalCli } from './binaries';
import { keptPort } from './ports';
import { end, isAlive, spawnServer, untilReady } from './processes';

/** A Temporal dev server that this process answers for. */
export interface TemporalService {
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string;
  readonly pid: number;
  stop(): Promise<void>;
  /** As a power failure would. */
  kill(): void;
}

/** Types of search attributes as the CLI writes them. */
const CLI_TYPE = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const;

// By default every step of a quiet workflow waits for a 50 ms slot (20 polls a second); and SQLite in WAL mode is as quick as memory.
const QUICK = [
  ...['history.transferProcessorMaxPollRPS=2000', 'history.timerProcessorMaxPollRPS=2000'].flatMap((value) => [
    '--dynamic-config-value',
    value,
  ]),
  ...['journal_mode=wal', 'synchronous=1'].flatMap((value) => ['--sqlite-pragma', value]),
];

/** Starts the Temporal dev server with its database in a file under `home`; an orphan of a killed run is taken over. */
export async function startTemporal(options: {
  home: string;
  port?: number;
  namespace?: string;
}): Promise<TemporalService> {
  const folder = path.resolve(options.home, 'temporal');
  mkdirSync(folder, { recursive: true });
  // Histories are nobody else's business; files of an earlier version were made readable.
  chmodSync(folder, 0o700);
  for (const name of readdirSync(folder)) chmodSync(path.join(folder, name), 0o600);
  const namespace = options.namespace ?? 'default';
  const state = path.join(folder, 'server.json');
  const orphan = existsSync(state)
    ? (JSON.parse(readFileSync(state, 'utf8')) as { pid: number; port: number; uiPort: number })
    : null;
  if (orphan && isAlive(orphan.pid) && (await temporalAnswers(`127.0.0.1:${orphan.port}`)))
    return service(orphan, namespace, state);
  const port = options.port ?? (await keptPort(options.home, 'temporal'));
  const uiPort = await keptPort(options.home, 'webUi');
  const cli = await findTemporalCli();
  const log = path.join(options.home, 'logs', 'temporal.log');
  const args = [
    ...[
      'server',
      'start-dev',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--ui-port',
      String(uiPort),
      '--namespace',
      namespace,
    ],
    ...['--db-filename', path.join(folder, 'temporal.db'), '--log-level', 'error'],
    ...Object.values(SEARCH_ATTRIBUTES).flatMap(({ name, type }) => [
      '--search-attribute',
      `${name}=${CLI_TYPE[type]}`,
    ]),
    ...QUICK,
  ];
  const server = spawnServer(cli, args, log);
  await untilReady('Temporal', server, log, () => temporalAnswers(`127.0.0.1:${port}`));
  const facts = { pid: server.pid, port, uiPort };
  writeFileSync(state, JSON.stringify(facts), { mode: 0o600 });
  return service(facts, namespace, state);
}

function service(
  { pid, port, uiPort }: { pid: number; port: number; uiPort: number },
  namespace: string,
  state: string,
): TemporalService {
  return {
    address: `127.0.0.1:${port}`,
    namespace,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid,
    stop: async () => {
      await end(pid, 'SIGTERM');
      rmSync(state, { force: true });
    },
    kill: () => void (isAlive(pid) && process.kill(pid, 'SIGKILL')),
  };
}

/** True when a Temporal frontend answers there. */
export async function temporalAnswers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '1s' });
    await connection.close();
    return true;
  } catch {
    return false;
  }
}
