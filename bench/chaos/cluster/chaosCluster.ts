import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { PostgresService } from '../../../scripts/services/postgres';
import { startPostgres } from '../../../scripts/services/postgres';
import type { TemporalService } from '../../../scripts/services/temporal';
import { startTemporal } from '../../../scripts/services/temporal';
import { ChaosWorker } from './chaosWorker';

/** The build that this file is part of. */
const OWN_BUILD = path.resolve(__dirname, '..', '..', '..');

/** The servers and workers of a chaos run, each on a port that it keeps when it comes back. */
export class ChaosCluster {
  readonly workers: ChaosWorker[] = [];

  private constructor(
    private readonly home: string,
    private readonly folder: string,
    private readonly dist: string,
    private readonly ports: { readonly postgres: number; readonly temporal: number },
    private postgres: PostgresService,
    private temporal: TemporalService,
  ) {}

  /** Servers alone; `folder` is where workers find their files, `dist` the build that they run. */
  static async open(home: string, folder: string, dist = OWN_BUILD): Promise<ChaosCluster> {
    mkdirSync(home, { recursive: true });
    // One after the other, since a port is free until somebody listens there.
    const postgres = await startPostgres({ home, settings: { shared_buffers: '256MB' } });
    try {
      const temporal = await startTemporal({ home });
      const ports = { postgres: portOf(postgres.url), temporal: portOf(`http://${temporal.address}`) };
      return new ChaosCluster(home, folder, dist, ports, postgres, temporal);
    } catch (error) {
      await postgres.stop();
      throw error;
    }
  }

  /** Where the judge asks: past the proxies. */
  get databaseUrl(): string {
    return this.postgres.url;
  }

  get address(): string {
    return this.temporal.address;
  }

  /** Starts so many more workers and waits until they serve. */
  async addWorkers(count: number): Promise<void> {
    const first = this.workers.length;
    const started = Array.from({ length: count }, (_, i) =>
      ChaosWorker.start({
        number: first + i,
        home: this.home,
        folder: this.folder,
        dist: this.dist,
        databaseUrl: this.postgres.url,
        temporalPort: this.ports.temporal,
      }),
    );
    this.workers.push(...(await Promise.all(started)));
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
    await Promise.all(this.workers.map((worker) => worker.close()));
    await Promise.all([this.temporal.stop(), this.postgres.stop()]);
  }
}

const portOf = (url: string): number => Number(new URL(url).port);

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
