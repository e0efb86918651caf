import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PostgresProxy } from './postgresProxy';
import { Relay } from './relay';

interface Surroundings {
  readonly number: number;
  readonly home: string;
  /** The folder of files that its pipeline reads. */
  readonly folder: string;
  /** The build that it runs. */
  readonly dist: string;
  readonly databaseUrl: string;
  readonly temporalPort: number;
}

/** Long enough for a signal to have stopped every thread of a process. */
const STOPPED_MS = 50;

/** A worker process behind a proxy to PostgreSQL and a relay to Temporal of its own. One that ends is started again, as any supervisor would. */
export class ChaosWorker {
  private child: ChildProcess | undefined;
  private closing = false;
  private isAsleep = false;

  private constructor(
    private readonly at: Surroundings,
    readonly proxy: PostgresProxy,
    private readonly temporal: Relay,
  ) {}

  /** Starts one and waits until it serves. */
  static async start(at: Surroundings): Promise<ChaosWorker> {
    const [proxy, temporal] = await Promise.all([
      PostgresProxy.open(Number(new URL(at.databaseUrl).port)),
      Relay.open(at.temporalPort),
    ]);
    const worker = new ChaosWorker(at, proxy, temporal);
    await new Promise<void>((resolve, reject) => worker.spawn(resolve, reject));
    return worker;
  }

  get number(): number {
    return this.at.number;
  }

  get asleep(): boolean {
    return this.isAsleep;
  }

  kill(): void {
    this.child!.kill('SIGKILL');
  }

  /**
   * Stops the process where it is. Its long polls are cut: a stopped process that still polls would be handed the very step that it lost,
   * and no other process would ever have it.
   */
  async sleep(): Promise<void> {
    this.isAsleep = true;
    this.child!.kill('SIGSTOP');
    this.temporal.cut();
    await wait(STOPPED_MS);
  }

  wake(): void {
    this.isAsleep = false;
    this.temporal.mend();
    this.child!.kill('SIGCONT');
  }

  async close(): Promise<void> {
    this.closing = true;
    const child = this.child!;
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null)
      await new Promise((resolve) => child.once('exit', resolve));
    await Promise.all([this.proxy.relay.close(), this.temporal.close()]);
  }

  private spawn(serving: () => void = () => undefined, failing: (error: Error) => void = () => undefined): void {
    const { home, folder, dist, number, databaseUrl } = this.at;
    const url = new URL(databaseUrl);
    url.port = String(this.proxy.relay.port);
    const log = openSync(path.join(home, 'logs', `worker-${number}.log`), 'a');
    const script = path.join(dist, 'bench', 'chaos', 'worker.js');
    const child = spawn(process.execPath, [script, url.href, `127.0.0.1:${this.temporal.port}`, folder], {
      stdio: ['ignore', 'pipe', log],
      env: { ...process.env, WEIR_HOME: home, WEIR_SHUTDOWN_GRACE: '2s' },
    });
    closeSync(log);
    this.child = child;
    child.stdout!.once('data', serving);
    // Of use the first time only: one that has served is started again.
    child.once('exit', (code) =>
      failing(new Error(`worker ${number} ended with ${code}: see ${home}/logs/worker-${number}.log`)),
    );
    child.once('exit', () => {
      // Killed in its sleep.
      this.isAsleep = false;
      this.temporal.mend();
      if (!this.closing) this.spawn();
    });
  }
}
