import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Unavailable } from '../../model/run/errors';

/** A free TCP port on the loopback address. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
}

/** Starts a server in a process group of its own, so that Ctrl-C in the terminal reaches us first, its output in `log`. */
export function spawnServer(
  command: string,
  args: readonly string[],
  log: string,
  options: { uid?: number; gid?: number; cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Spawned {
  // PostgreSQL's holds values of rows (DETAIL): its owner's alone, also where an earlier version made it readable.
  mkdirSync(path.dirname(log), { recursive: true, mode: 0o700 });
  chmodSync(path.dirname(log), 0o700);
  const out = openSync(log, 'a', 0o600);
  chmodSync(log, 0o600);
  const child = spawn(command, args, { detached: true, stdio: ['ignore', out, out], ...options });
  closeSync(out);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  child.unref();
  return { child, pid: child.pid ?? -1, ended };
}

/** Calls `ready` until it says true; tells the end of the log when the server dies or takes too long. */
export async function untilReady(
  what: string,
  server: Spawned,
  log: string,
  ready: () => Promise<boolean>,
  limitMs = 30_000,
): Promise<void> {
  let over = false;
  // Another process may listen on that port and never answer, so we stop waiting when our own server ends.
  const ended = server.ended.then(() => !(over = true));
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    if (await Promise.race([ready().catch(() => false), ended])) return;
    if (over) break;
    await wait(30);
  }
  throw new Unavailable(`${what} did not start: ${lastLines(log)}`, {
    next: `look at ${log}; a full disk, a port in use and a damaged data directory show there`,
    stillTrue: 'data on disk is as it was',
  });
}

export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** Signals a process and waits for its end; after `patienceMs` it is killed. */
export async function end(pid: number, signal: NodeJS.Signals, patienceMs = 15_000): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, signal);
  const deadline = Date.now() + patienceMs;
  while (isAlive(pid)) {
    if (Date.now() > deadline) {
      process.kill(pid, 'SIGKILL');
      return;
    }
    await wait(20);
  }
}

const lastLines = (log: string): string =>
  existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').slice(-6).join(' | ') : 'it left no log';
