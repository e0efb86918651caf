import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { TemporalService } from '../../scripts/services/temporal';
import { startTemporal } from '../../scripts/services/temporal';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

/** What a command printed and how it ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Standard output, a JSON object a line. */
  readonly json: Record<string, unknown>[];
}

/** The product as its user has it: a database, a Temporal server in a file, worker processes, and the command line. */
export class CliFixture {
  private readonly workers: ChildProcess[] = [];

  private constructor(
    readonly home: string,
    readonly db: TestDatabase,
    public temporal: TemporalService,
    private readonly project: string,
  ) {}

  /** `project`: the folder whose command line and definitions they are; this one where unset. */
  static async open(project = '.'): Promise<CliFixture> {
    const home = path.resolve(mkdtempSync(path.join('.weir', 'test', 'cli-')));
    return new CliFixture(home, await testDatabase(), await startTemporal({ home }), project);
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => ended(worker, 'SIGTERM')));
    await this.temporal.stop();
    await this.db.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  /** Another Temporal server in the place of this one: nothing of its database is left. */
  async loseTemporal(): Promise<void> {
    const port = Number(this.temporal.address.split(':')[1]);
    await this.temporal.stop();
    rmSync(path.join(this.home, 'temporal'), { recursive: true });
    this.temporal = await startTemporal({ home: this.home, port });
  }

  /** Runs `weir` with these words, to its end. */
  weir(words: string, env: NodeJS.ProcessEnv = {}): Promise<Said> {
    return this.begin(words, env).end;
  }

  /** Begins it: what it has said so far on stderr, and its end. */
  begin(words: string, env: NodeJS.ProcessEnv = {}): { readonly end: Promise<Said>; readonly err: () => string } {
    const child = this.spawn(words.split(' '), env);
    let out = '';
    let err = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += String(chunk)));
    child.stderr!.on('data', (chunk: Buffer) => (err += String(chunk)));
    const said = (code: number): Said => ({
      code,
      out,
      err,
      get json() {
        return out
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as Record<string, unknown>);
      },
    });
    const end = new Promise<Said>((resolve) => child.once('close', (status) => resolve(said(status ?? -1))));
    return { end, err: () => err };
  }

  /** Starts a worker process, and waits until it serves. */
  async worker(env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const child = this.spawn(['worker'], env);
    this.workers.push(child);
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on('data', (chunk: Buffer) => {
        said += String(chunk);
        if (said.includes('serves')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`the worker ended with ${code}: ${said}`)));
    });
    return child;
  }

  private spawn(words: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return spawn(process.execPath, ['scripts/launch/weir.mjs', ...words], {
      cwd: this.project,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        WEIR_HOME: this.home,
        DATABASE_URL: this.db.url,
        TEMPORAL_ADDRESS: this.temporal.address,
        ...env,
      },
    });
  }
}

/** Signals a process and waits for its end; the exit code. */
export function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}
