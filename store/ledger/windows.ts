import type { CompiledPipeline } from '../../model/compile/compile';
import type { Pipeline } from '../../model/definition/pipeline';
import { millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, firstStart, isWhole, split, windowAt, windowName } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import type { Accepted } from '../standing/accepted';
import { acceptedWindows } from '../standing/accepted';
import { checksFingerprint, compiled, windowFingerprint } from './fingerprint';
import { waitingDeliveries } from './origins';
import { factsNow } from './staleness';
import { lackingTargets } from './targets';

/** How one window of the calendar stands in the ledger. */
export interface WindowStatus {
  readonly window: string;
  /** Staged: computed and past its gates, and published together with the others of its calendar; readers see the former one. */
  readonly state: 'missing' | 'running' | 'published' | 'staged' | 'held' | 'failed';
  /** Why what is published is out of date, not in every target, or only unchecked (published under other checks); null when it is none of these. */
  readonly stale: 'touched' | 'code' | 'target' | 'checks' | null;
  readonly rows: number | null;
  readonly digest: string | null;
  readonly publishedAt: string | null;
  /** Who decided that the window stays missing, and why; null where nobody did, or it was published since. */
  readonly accepted: Accepted | null;
}

/** A window that the ledger knows: state, and why what is published is out of date. */
export interface KnownWindow {
  readonly window: Window;
  readonly state: WindowStatus['state'];
  readonly stale: WindowStatus['stale'];
  readonly rows: number | null;
  readonly digest: string | null;
  readonly publishedAt: string | null;
  readonly publishedEpoch: number | null;
  /** The run that staged it, where one did; fresh when it is what a run would stage now. */
  readonly staged: { readonly epoch: number; readonly isFresh: boolean } | null;
}

/**
 * Windows of the calendar in `range` that the ledger knows, by their start, as the definition `plan` sees them. Touched: the facts of change within the
 * window's reach are not those that its publish saw (or, of versions before, its counter says so), or what was landed for it waits to be cleaned.
 */
export async function knownWindows(
  on: Pick<Tx, 'query'>,
  { register, pipeline }: { readonly register: readonly Pipeline[]; readonly pipeline: Pipeline },
  plan: CompiledPipeline,
  range: Window,
): Promise<Map<string, KnownWindow>> {
  const all = await on.query<{
    start: Window['start'];
    end: Window['end'];
    state: WindowStatus['state'];
    rows: string | null;
    digest: string | null;
    published_at: string | null;
    published_epoch: string | null;
    facts_seen: string;
    touched: boolean;
    other_code: boolean;
    other_checks: boolean;
    staged_end: Window['end'] | null;
    staged_epoch: string | null;
    staged_facts: string | null;
    staged_other: boolean | null;
  }>(
    `select w.window_start as start, w.window_end as end, w.state, w.rows, w.digest, w.published_at, w.published_epoch, w.facts_seen,
            w.touches > w.touches_seen as touched,
            w.code is distinct from $4 as other_code,
            $5::text is not null and w.checks is distinct from $5 as other_checks,
            s.window_end as staged_end, s.epoch as staged_epoch, s.facts as staged_facts,
            s.code <> $4 or w.touches > s.touches or ($5::text is not null and s.checks is distinct from $5) as staged_other
       from weir.windows w
  left join weir.staged s on s.pipeline = w.pipeline and s.window_start = w.window_start
      where w.pipeline = $1 and w.window_start >= $2 and w.window_start < $3`,
    [plan.pipeline, firstStart(plan.grain, range), range.end, windowFingerprint(plan.code), checksFingerprint(plan)],
  );
  // What another calendar left there is no window of this one.
  const rows = all.filter(({ start }) => isOnGrid(plan.grain, start));
  const looked = rows.filter((row) => row.published_at !== null || row.staged_epoch !== null);
  const facts = await factsNow(on, register, pipeline, looked);
  const waiting = await waitingDeliveries(on, plan.pipeline);
  const isWaiting = (row: Window): boolean => waiting.some(({ window }) => isOverlapping(window, row));
  const touched = new Set(
    looked
      .filter((row, i) => row.touched || facts[i] !== Number(row.facts_seen) || isWaiting(row))
      .map((row) => row.start),
  );
  const fresh = new Set(
    looked
      .filter((row, i) => row.staged_other === false && facts[i] === Number(row.staged_facts) && !isWaiting(row))
      .filter((row) => row.staged_end === endOnGrid(plan.grain, row.start))
      .map((row) => row.start),
  );
  // A run that failed or was held since says more than what an earlier one staged.
  const isStaged = (row: (typeof rows)[number]): boolean =>
    fresh.has(row.start) && (row.state === 'missing' || row.state === 'published');
  const lacking = await lackingTargets(on, pipeline, range);
  return new Map(
    rows.map((row) => [
      row.start,
      {
        window: { start: row.start, end: row.end },
        state: isStaged(row) ? 'staged' : row.state,
        stale:
          row.published_at === null || isStaged(row)
            ? null
            : touched.has(row.start)
              ? 'touched'
              : row.other_code
                ? 'code'
                : lacking.has(row.start)
                  ? 'target'
                  : row.other_checks
                    ? 'checks'
                    : null,
        rows: row.rows === null ? null : Number(row.rows),
        digest: row.digest,
        publishedAt: row.published_at,
        publishedEpoch: row.published_epoch === null ? null : Number(row.published_epoch),
        staged: row.staged_epoch === null ? null : { epoch: Number(row.staged_epoch), isFresh: fresh.has(row.start) },
      },
    ]),
  );
}

const isOverlapping = (a: Window, b: Window): boolean =>
  isWhole(a) || isWhole(b) || (isBefore(a.start, b.end) && isBefore(b.start, a.end));

const isBefore = (a: string, b: string): boolean => millis(a) < millis(b);

const isOnGrid = (grain: CompiledPipeline['grain'], start: Window['start']): boolean =>
  grain === 'whole' || start === '-infinity'
    ? grain === 'whole' && start === '-infinity'
    : windowAt(grain, start).start === start;

const endOnGrid = (grain: CompiledPipeline['grain'], start: Window['start']): string =>
  start === '-infinity' ? WHOLE.end : windowAt(grain, start).end;

/** Every window of `range`, oldest first: the calendar says which there are, the ledger how they stand. */
export async function windowStatuses(
  on: Pick<Tx, 'query'>,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  range: Window,
): Promise<WindowStatus[]> {
  const known = await knownWindows(on, { register, pipeline }, compiled(pipeline), range);
  const accepted = await acceptedWindows(on, pipeline.name, {
    start: firstStart(pipeline.window, range),
    end: range.end,
  });
  return split(pipeline.window, range).map((window) => {
    const { state, stale, rows, digest, publishedAt } = known.get(window.start) ?? NEVER_RUN;
    return {
      ...{ window: windowName(window), state, stale, rows, digest, publishedAt },
      accepted: accepted.get(window.start) ?? null,
    };
  });
}

const NEVER_RUN = { state: 'missing', stale: null, rows: null, digest: null, publishedAt: null } as const;
