import type { Freshness, Progress } from '../../model/compile/freshness';
import { freshnessOf } from '../../model/compile/freshness';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { movedAway } from '../../store/ledger/originLife';
import { progressOf } from '../../store/standing/progress';
import type { StatusCounts } from '../../store/standing/statusCounts';
import { statusCounts } from '../../store/standing/statusCounts';
import type { Database } from '../../store/postgres/database';
import type { Accounting } from '../../store/proof/accounting';
import { accountFor } from '../../store/proof/accounting';
import type { Warnings } from '../../store/standing/warnings';
import { warningsOf } from '../../store/standing/warnings';

/** How one pipeline stands: what `weir status` knows of it. */
export interface Standing {
  readonly pipeline: Pipeline;
  readonly windows: StatusCounts;
  readonly progress: Progress;
  readonly fresh: Freshness;
  readonly warnings: Warnings;
  readonly records: Accounting;
  readonly moved: number;
}

/** Warned windows that are named; all are counted. */
export const SHOWN_WARNINGS = 5;

/** Asks the ledger how `pipeline` stands at `now`. */
async function standingOf(
  database: Database,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  now: Instant,
): Promise<Standing> {
  const [windows, progress, warnings, records, moved] = await Promise.all([
    statusCounts(database, register, pipeline, now),
    progressOf(database, pipeline),
    warningsOf(database, pipeline, SHOWN_WARNINGS),
    accountFor(database, pipeline),
    movedAway(database, pipeline),
  ]);
  const fresh = freshnessOf(pipeline, progress, now);
  return { pipeline, windows, progress, fresh, warnings, records, moved: moved.length };
}

/** So many pipelines are asked for at once: a hundred would wait for a connection for longer than one may. */
const AT_ONCE = 4;

/** How each of `chosen` stands at `now`, in their order. */
export async function standingsOf(
  database: Database,
  register: readonly Pipeline[],
  chosen: readonly Pipeline[],
  now: Instant,
): Promise<Standing[]> {
  const rows: Standing[] = [];
  let next = 0;
  const some = async (): Promise<void> => {
    for (let i = next++; i < chosen.length; i = next++) rows[i] = await standingOf(database, register, chosen[i]!, now);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, some));
  return rows;
}
