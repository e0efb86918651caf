import type { Reading } from '../../model/compile/reach';
import { reachedBy, readingsOf } from '../../model/compile/reach';
import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { countWindows, firstStart, lengthOf, windowAt } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import { foreignWindows } from '../refresh/foreignWindows';
import { checksFingerprint, compiled, windowFingerprint } from '../ledger/fingerprint';
import { onGrid } from './grid';
import { waitingDeliveries } from '../ledger/origins';
import { LACKING_STARTS, emptiedTargets, targetsOf } from '../ledger/targets';
import type { WindowStatus } from '../ledger/windows';
import { windowStatuses } from '../ledger/windows';

/** Windows of the whole history by how they stand, and the newest published data. */
export interface StatusCounts {
  readonly windows: number;
  readonly published: number;
  /** Never published, and nobody accepted that. */
  readonly missing: number;
  readonly running: number;
  readonly failed: number;
  readonly held: number;
  /** Computed, and waiting to be published together with the others of a new calendar. */
  readonly staged: number;
  /** Never published, and accepted as that by a decision. */
  readonly accepted: number;
  /** Published, and data or code changed since, or not in every target. */
  readonly stale: number;
  /** Published under other checks than the present ones, of the same data and code. */
  readonly unchecked: number;
  /** Windows of another calendar whose rows readers still see. */
  readonly foreign: number;
  /** End of the newest published window; null when nothing is, or the table has no event time. */
  readonly newest: Instant | null;
}

/** How the windows of `pipeline` stand at `now`, counted by PostgreSQL where the calendar is arithmetic: ten thousand windows are one row to us. */
export async function statusCounts(
  on: Pick<Tx, 'query'>,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  now: Instant,
): Promise<StatusCounts> {
  const counts =
    (await countedBySets(on, register, pipeline, now)) ??
    countedOneByOne(await windowStatuses(on, register, pipeline, historyOf(pipeline, now)));
  const [newest] = await on.query<{ newest: string | null }>(
    `select max(window_end) as newest from weir.windows where pipeline = $1 and published_at is not null`,
    [pipeline.name],
  );
  return {
    ...counts,
    foreign: new Set((await foreignWindows(on, pipeline)).map(({ window }) => window.start)).size,
    newest: newest!.newest === 'infinity' ? null : (newest!.newest ?? null),
  };
}

type Counts = Omit<StatusCounts, 'foreign' | 'newest'>;

/** The plain way, window by window: for calendars that only the tz database knows, and selects that reach into other windows. */
function countedOneByOne(all: readonly WindowStatus[]): Counts {
  const isAccepted = ({ accepted, state }: WindowStatus): boolean => accepted !== null && state !== 'running';
  const of = (state: WindowStatus['state']): number =>
    all.filter((status) => status.state === state && !isAccepted(status)).length;
  return {
    windows: all.length,
    published: all.filter((status) => status.publishedAt !== null).length,
    missing: of('missing'),
    running: of('running'),
    failed: of('failed'),
    held: of('held'),
    staged: of('staged'),
    accepted: all.filter(isAccepted).length,
    stale: all.filter(({ stale }) => stale !== null && stale !== 'checks').length,
    unchecked: all.filter(({ stale }) => stale === 'checks').length,
  };
}

/** The same in one statement; null where the windows' length or what they read does not allow it. */
async function countedBySets(
  on: Pick<Tx, 'query'>,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  now: Instant,
): Promise<Counts | null> {
  const size = lengthOf(pipeline.window);
  const readings = [pipeline.cleaned, ...pipeline.curated].flatMap((table) => readingsOf(register, pipeline, table));
  const own = readings.filter(({ grain }) => grain !== 'whole');
  if (size === null || !own.every((reading) => staysWithin(reading, pipeline))) return null;
  // What waits to be cleaned, or to be published together, is looked at one by one: it is under way, and soon over.
  const [waiting, staged] = await Promise.all([
    waitingDeliveries(on, pipeline.name),
    on.query('select from weir.staged where pipeline = $1 limit 1', [pipeline.name]),
  ]);
  if (waiting.length + staged.length > 0) return null;
  const range = historyOf(pipeline, now);
  const windows = countWindows(pipeline.window, range);
  const targets = targetsOf(pipeline);
  const plan = compiled(pipeline);
  const [row] = await on.query<Record<keyof Counts | 'known', string>>(
    `with facts as (
       select date_bin($10::bigint * interval '1 millisecond', t.window_start, 'epoch') as window_start, sum(t.facts) as facts
         from unnest($11::text[], $12::boolean[]) n (table_name, others_only)
         join weir.touched t on t.table_name = n.table_name and t.window_start >= $3
              and t.window_start < $4::timestamptz + $10::bigint * interval '1 millisecond'
              -- a table of the same run counts by other windows alone
        where not (n.others_only and ${onGrid('$10', 't.window_start', null)})
     group by 1),
     always as (
       select coalesce(sum(t.facts), 0) as facts
         from unnest($13::text[]) n (table_name)
         join weir.touched t using (table_name)),
     accepted as (
       select a.window_start
         from weir.accepted a
        where a.pipeline = $6 and a.window_start >= $3 and a.window_start < $4 and a.undone_at is null and ${onGrid('$10', 'a.window_start', null)}
          and not exists (select from weir.windows w
                           where w.pipeline = a.pipeline and w.window_start = a.window_start
                             and (w.published_at is not null or w.state = 'running'))),
     known as (
       select w.state, w.published_at is not null as published, a.window_start is not null as accepted,
              w.published_at is not null and (w.touches > w.touches_seen or w.code is distinct from $7
                or w.facts_seen <> coalesce(f.facts, 0) + always.facts or lacking.window_start is not null) as stale,
              w.published_at is not null and $8::text is not null and w.checks is distinct from $8 as other_checks
         from weir.windows w
   cross join always
    left join facts f on f.window_start = w.window_start
    left join (${LACKING_STARTS}) lacking on lacking.window_start = w.window_start
    left join accepted a on a.window_start = w.window_start
        where w.pipeline = $6 and w.window_start >= $3 and w.window_start < $4 and ${onGrid('$10', 'w.window_start', null)})
     select $9::bigint as windows, count(*) filter (where published) as published,
            count(*) filter (where state = 'running') as running,
            count(*) filter (where state = 'failed' and not accepted) as failed,
            count(*) filter (where state = 'held' and not accepted) as held,
            (select count(*) from accepted) as accepted,
            count(*) filter (where stale) as stale, count(*) filter (where other_checks and not stale) as unchecked,
            count(*) filter (where state <> 'missing' and not accepted) as known
       from known`,
    [
      ...[targets.map(({ table }) => table), targets.map(({ relation }) => relation)],
      ...[firstStart(pipeline.window, range), range.end, await emptiedTargets(on, targets)],
      ...[pipeline.name, windowFingerprint(plan.code), checksFingerprint(plan), windows, size],
      ...[own.map(({ table }) => table), own.map(({ othersOnly }) => othersOnly)],
      readings.filter(({ grain }) => grain === 'whole').map(({ table }) => table),
    ],
  );
  const { known, ...counts } = Object.fromEntries(Object.entries(row!).map(([name, n]) => [name, Number(n)])) as Record<
    keyof Counts | 'known',
    number
  >;
  return { ...counts, staged: 0, missing: windows - known - counts.accepted };
}

/** True when a window reads no farther than it is long, and the windows read are parts of it: then arithmetic tells which fact is whose. */
function staysWithin(reading: Reading, { window: grain }: Pipeline): boolean {
  const [size, read] = [lengthOf(grain), lengthOf(reading.grain)];
  if (size === null || read === null || size % read !== 0) return false;
  const window = windowAt(grain, '2000-01-01T00:00:00Z');
  const { from, to } = reachedBy(reading, grain, window);
  return from === window.start && to === window.end;
}
