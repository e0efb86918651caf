import type { ChaosCluster } from './cluster/chaosCluster';
import type { ChaosWorker } from './cluster/chaosWorker';
import type { Driver } from './driver';

export type Fault =
  | 'kill worker'
  | 'stop worker'
  | 'kill PostgreSQL'
  | 'kill Temporal'
  | 'run twice'
  | 'overlap'
  | 'tick'
  | 'cancel'
  | 'lose an answer';

/** A fault and when: so many milliseconds after the one before it. */
export interface Planned {
  readonly fault: Fault;
  readonly afterMs: number;
  /** 0 to 1: which worker, which window. */
  readonly which: number;
}

export type Counts = Readonly<Record<Fault, number>>;

/** The faults of a seed, in the order and at the distances that it gives: a seed that failed gives the same ones again. */
export function planFaults(counts: Counts, chance: () => number): Planned[] {
  const faults = (Object.entries(counts) as [Fault, number][]).flatMap(([fault, n]) => Array<Fault>(n).fill(fault));
  // Fisher and Yates, 1938.
  for (let i = faults.length - 1; i > 0; i--) {
    const j = Math.floor(chance() * (i + 1));
    [faults[i], faults[j]] = [faults[j]!, faults[i]!];
  }
  return faults.map((fault) => ({ fault, afterMs: 200 + Math.floor(chance() * 1_800), which: chance() }));
}

export interface Scene {
  readonly cluster: ChaosCluster;
  readonly driver: Driver;
  readonly days: number;
  /** Lets one process sleep inside a step until another has done it: one at a time, so that there is another. */
  readonly beginMeeting: () => void;
}

// Who sleeps waits for a successor: killed, it would meet none.
function oneAwake({ workers }: ChaosCluster, which: number): ChaosWorker {
  const awake = workers.filter((worker) => !worker.asleep);
  const among = awake.length > 0 ? awake : workers;
  return among[Math.floor(which * among.length)]!;
}

/** Does one fault; resolves when the thing is back (a sleeping worker wakes later). */
export async function commit(fault: Fault, which: number, scene: Scene): Promise<void> {
  const { cluster, driver, days } = scene;
  const worker = cluster.workers[Math.floor(which * cluster.workers.length)]!;
  const day = Math.floor(which * days);
  switch (fault) {
    case 'kill worker':
      return oneAwake(cluster, which).kill();
    case 'stop worker':
      return scene.beginMeeting();
    case 'kill PostgreSQL':
      return cluster.killPostgres();
    case 'kill Temporal':
      return cluster.killTemporal();
    case 'run twice':
      return driver.beginRun(day);
    case 'overlap':
      return driver.beginOverlap(day >> 1);
    case 'tick':
      return driver.beginTick(day);
    case 'cancel':
      return driver.cancelBackfill();
    case 'lose an answer':
      worker.proxy.loseNextCommit();
  }
}
