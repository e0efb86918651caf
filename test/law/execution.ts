import { createActivities } from '../../activities';
import type { Pipeline } from '../../model/definition/pipeline';
import type { BackfillRequest } from '../../model/run/backfill';
import type { Claim } from '../../model/run/claim';
import type { RunKind } from '../../model/run/request';
import type { Activities, CallActivity } from '../../model/run/steps';
import { stepsOver } from '../../model/run/steps';
import type { Window } from '../../model/time/window';
import { split, zoneOf } from '../../model/time/window';
import { compiled } from '../../store/ledger/fingerprint';
import type { Database } from '../../store/postgres/database';
import { failpoint } from '../../store/postgres/failpoints';
import { calledBy } from '../../testing/activityRunner';
import { runSteps } from '../../workflows/runWindow';
import type { Crash } from './acts';

const CRASH = 'cut off here';
let executions = 0;

/** How a run ended; `lost`: it was cut off, and nobody goes on with it. */
export type Ended = 'published' | 'staged' | 'held' | 'failed' | 'lost';

/** Runs and backfills of one definition as Temporal and a worker would carry them out, in this process. */
export class Execution {
  private readonly activities: Activities;

  constructor(
    database: Database,
    private readonly pipeline: Pipeline,
  ) {
    this.activities = createActivities({ database, register: [pipeline] });
  }

  /** One run of a window, its steps tried again where they were cut off, closed as failed where it fails. */
  async run(window: Window, kind: RunKind, crash: Crash | null = null): Promise<Ended> {
    const call = this.callerOf(crash?.then === 'lost');
    const numbered = stepsOver(call);
    let claim: Claim | undefined;
    const steps = { ...numbered, claim: async (order: Claim['order']) => (claim = await numbered.claim(order)) };
    let commits = 0;
    failpoint.at = () => {
      if (crash && commits++ === crash.commit) throw new Error(CRASH);
    };
    try {
      return (await runSteps(steps, { plan: compiled(this.pipeline), window, kind })).state;
    } catch (error) {
      if ((error as Error).message === CRASH) return 'lost';
      failpoint.at = () => undefined;
      if (claim) await steps.close(claim, { state: 'failed', error: String(error) });
      return 'failed';
    } finally {
      failpoint.at = () => undefined;
    }
  }

  /** As the workflow of a backfill does it, window by window: what is owed, then what these deliveries touched again. */
  async backfill(range: Window, kind: 'backfill' | 'rerun'): Promise<{ failed: number; stale: number }> {
    const call = this.callerOf(false);
    const order: BackfillRequest = {
      ...{ plan: compiled(this.pipeline), range, which: kind === 'backfill' ? 'owed' : 'all', kind },
      ...{ newestFirst: false, width: 1, maxFailedShare: 1 },
    };
    const failed = new Set<string>();
    let epoch: number;
    try {
      ({ epoch } = await call('openBackfill', order));
    } catch {
      return { failed: 1, stale: 0 };
    }
    const pass = async (again?: true): Promise<void> => {
      const { spans } = await call('pageBackfill', { order, epoch, after: null, limit: 400, ...(again && { again }) });
      const { grain } = order.plan;
      for (const window of zoneOf(grain) === null ? spans.flatMap((span) => split(grain, span)) : spans) {
        failed.delete(window.start);
        if ((await this.run(window, kind)) !== 'published') failed.add(window.start);
      }
    };
    await pass();
    if ((await call('staleWindows', { order, epoch })).again > 0) await pass(true);
    const { windows } = await call('staleWindows', { order, epoch });
    const state = failed.size > 0 ? 'failed' : 'published';
    await call('finishBackfill', { epoch, state, done: 0, failed: failed.size });
    return { failed: failed.size, stale: windows };
  }

  private callerOf(isLost: boolean): CallActivity {
    const execution = `execution-${++executions}`;
    const call = async (name: keyof Activities, input: unknown): Promise<unknown> => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await calledBy(execution, attempt).run(this.activities[name] as never, input as never);
        } catch (error) {
          if ((error as Error).message !== CRASH || isLost) throw error;
        }
      }
    };
    return call as CallActivity;
  }
}
