import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import type { PostgresService } from '../../scripts/services/postgres';
import { startPostgres } from '../../scripts/services/postgres';
import { freePort } from '../../scripts/services/processes';
import type { TemporalService } from '../../scripts/services/temporal';
import { startTemporal } from '../../scripts/services/temporal';
import { Proxy } from './proxy';

/**
 * The servers and workers of a chaos run, each on a port that it keeps when it comes back. A worker that ends is started again, as any
 * supervisor would; nothing else is done for it.
 */
export class ChaosCluster {
  private readonly workers: ChildProcess[] = [];
  private closing = false;

  private constructor(
    private readonly home: string,
    private readonly folder: string,
    private readonly ports: { readonly postgres: number; readonly temporal: number },
    private postgres: PostgresService,
    private temporal: TemporalService,
    readonly proxy: Proxy,
  ) {}

  static async open(home: string, folder: string): Promise<ChaosCluster> {
    mkdirSync(home, { recursive: true });
    const ports = { postgres: await freePort(), temporal: await freePort() };
    const [postgres, temporal] = await Promise.all([
      startPostgres({ home, port: ports.postgres, settings: { shared_buffers: '256MB' } }),
      startTemporal({ home, port: ports.temporal }),
    ]);
    return new ChaosCluster(home, folder, ports, postgres, temporal, await Proxy.open({ port: ports.postgres }));
  }

  /** Where the judge asks: past the proxy. */
  get databaseUrl(): string {
    return this.postgres.url;
  }

  get address(): string {
    return this.temporal.address;
  }

  get living(): number {
    return this.workers.length;
  }

  /** Starts one more worker and waits until it serves. */
  async addWorker(): Promise<void> {
    const number = this.workers.length;
    await new Promise<void>((resolve) => this.startWorker(number, resolve));
  }

  killWorker(number: number): void {
    this.workers[number]!.kill('SIGKILL');
  }

  signalWorker(number: number, signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.workers[number]!.kill(signal);
  }

  /** PostgreSQL ends at once, without a checkpoint, and comes back by itself. */
  async killPostgres(): Promise<void> {
    this.postgres.kill();
    await gone(this.postgres.pid);
    this.postgres = await startPostgres({ home: this.home, port: this.ports.postgres });
  }

  /** Temporal is killed, and comes back over the same database file. */
  async killTemporal(): Promise<void> {
    this.temporal.kill();
    await gone(this.temporal.pid);
    this.temporal = await startTemporal({ home: this.home, port: this.ports.temporal });
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(
      this.workers.map(async (worker) => {
        worker.kill('SIGCONT');
        worker.kill('SIGKILL');
        if (worker.exitCode === null && worker.signalCode === null)
          await new Promise((resolve) => worker.once('exit', resolve));
      }),
    );
    await this.proxy.close();
    await Promise.all([this.temporal.stop(), this.postgres.stop()]);
  }

  private startWorker(number: number, serving: () => void = () => undefined): void {
    const url = new URL(this.postgres.url);
    url.port = String(this.proxy.port);
    const log = openSync(path.join(this.home, 'logs', `worker-${number}.log`), 'a');
    const script = path.join(__dirname, 'worker.js');
    const child = spawn(process.execPath, [script, url.href, this.address, this.folder], {
      stdio: ['ignore', 'pipe', log],
      env: { ...process.env, WEIR_HOME: this.home, WEIR_SHUTDOWN_GRACE: '2s' },
    });
    closeSync(log);
    this.workers[number] = child;
    child.stdout!.once('data', serving);
    child.once('exit', () => {
      if (!this.closing) this.startWorker(number);
    });
  }
}

async function gone(pid: number): Promise<void> {
  const alive = (): boolean => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  while (alive()) await new Promise((resolve) => setTimeout(resolve, 20));
}
