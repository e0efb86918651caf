import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '../../../store/postgres/database';
import type { ChaosCluster } from './chaosCluster';
import type { ChaosWorker } from './chaosWorker';
import type { StepSession } from './postgresProxy';

/** A process that was stopped inside a step: after `begin`, before its fence is asked. */
export interface Sleeper {
  readonly worker: ChaosWorker;
  readonly session: StepSession;
}

const PATIENCE_MS = 90_000;
const POLL_MS = 100;
const TRIES = 5;

/** Stops the first worker that begins a step which matches, inside of it; null when none does for a long time. */
export async function sleepInStep(
  cluster: ChaosCluster,
  matches: (session: StepSession) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<Sleeper | null> {
  let found!: (sleeper: Sleeper | null) => void;
  const sleeper = new Promise<Sleeper | null>((resolve) => (found = resolve));
  let taken = false;
  for (const worker of cluster.workers) {
    worker.proxy.setTrap({
      matches: (session) => !taken && matches(session),
      spring: async (session) => {
        taken = true;
        await worker.sleep();
        found({ worker, session });
      },
    });
  }
  const timer = setTimeout(() => found(null), patienceMs);
  const result = await sleeper;
  clearTimeout(timer);
  for (const worker of cluster.workers) worker.proxy.setTrap(null);
  return result;
}

/** Wakes the process and waits until the transaction that it slept in has ended. */
export async function wakeUp({ worker, session }: Sleeper): Promise<void> {
  if (worker.asleep) worker.wake();
  await until(() => Promise.resolve(session.end !== null));
}

/**
 * A stopped process and its successor in two processes: one sleeps inside a step past its heartbeat, another process gets the step and commits it,
 * then the first wakes. Tried again where something else came between (a kill, a cancel). Returns what happened, in words; null when they never met.
 */
export async function meet(cluster: ChaosCluster, database: Database): Promise<string | null> {
  for (let tries = 0; tries < TRIES; tries++) {
    const sleeper = await sleepInStep(cluster, () => true);
    if (!sleeper) return null;
    const { worker, session } = sleeper;
    const { epoch, step, attempt } = session;
    let successor: number | null = null;
    await until(async () => {
      if (!worker.asleep) return true;
      const rows = await database
        .query<{ attempt: number | null; state: string }>(
          `select s.attempt, r.state from weir.runs r left join weir.steps s on s.epoch = r.epoch and s.step = $2 where r.epoch = $1`,
          [epoch, step],
        )
        .catch(() => []);
      successor = rows[0]?.attempt ?? null;
      return rows[0] !== undefined && (successor !== null || rows[0].state !== 'running');
    });
    await wakeUp(sleeper);
    const by = cluster.workers.find((other) =>
      other.proxy.sessions.some(
        (one) => one.epoch === epoch && one.step === step && one.attempt === successor && one.end === 'committed',
      ),
    );
    if (successor === null || successor <= attempt || !by || by === worker || !session.refused) continue;
    return `step ${epoch}.${step}: attempt ${attempt} slept in worker ${worker.number}, attempt ${successor} committed in worker ${by.number}, the sleeper woke and was refused`;
  }
  return null;
}

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await done()) && Date.now() < deadline) await wait(POLL_MS);
}
