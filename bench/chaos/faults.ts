import type { Client } from '@temporalio/client';
import type { ChaosCluster } from './chaosCluster';

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

/** Longer than a step's heartbeat timeout: its successor has begun when it wakes. */
const ASLEEP_MS = 17_000;

export interface Scene {
  readonly town: ChaosCluster;
  readonly client: Client;
  /** Starts the run of a window beside whatever runs. */
  readonly runWindow: (which: number) => Promise<void>;
  /** Starts a second backfill over a part of the days, or the tick of one of them. */
  readonly overlap: (which: number) => Promise<void>;
  readonly tick: (which: number) => Promise<void>;
  readonly backfillId: () => string;
  /** Wakers of sleeping workers, to be waited for at the end. */
  readonly sleeping: Promise<void>[];
}

/** Does one fault; resolves when the thing is back (a sleeping worker wakes later). */
export async function commit(fault: Fault, which: number, scene: Scene): Promise<void> {
  const { town, client } = scene;
  const worker = Math.floor(which * town.living);
  switch (fault) {
    case 'kill worker':
      return town.killWorker(worker);
    case 'stop worker':
      town.signalWorker(worker, 'SIGSTOP');
      scene.sleeping.push(
        new Promise((resolve) =>
          setTimeout(() => {
            town.signalWorker(worker, 'SIGCONT');
            resolve();
          }, ASLEEP_MS),
        ),
      );
      return;
    case 'kill PostgreSQL':
      return town.killPostgres();
    case 'kill Temporal':
      return town.killTemporal();
    case 'run twice':
      return scene.runWindow(which);
    case 'overlap':
      return scene.overlap(which);
    case 'tick':
      return scene.tick(which);
    case 'cancel':
      await client.workflow.getHandle(scene.backfillId()).cancel();
      return;
    case 'lose an answer':
      town.proxy.loseNextCommit();
  }
}
