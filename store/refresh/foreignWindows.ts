import { historyBounds, isWindowStart } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { readsOf } from '../../model/definition/reads';
import type { Instant } from '../../model/time/time';
import { millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, isWhole, lengthOf, split, windowAt } from '../../model/time/window';
import { onGrid } from '../standing/grid';
import { targetsOf } from '../ledger/targets';
import type { Tx } from '../postgres/database';
import type { ChangingCalendar } from '../postgres/renderSql';

/** A window that a target holds and that is none of the pipeline's calendar: of another grain or zone, or outside its history. */
export interface ForeignWindow {
  readonly table: string;
  readonly relation: string;
  readonly window: Window;
}

/** Windows of another calendar that targets still hold, oldest first. Readers see their rows. */
export async function foreignWindows(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<ForeignWindow[]> {
  const relations = targetsOf(pipeline).map(({ relation }) => relation);
  const { start, end } = historyBounds(pipeline);
  const rows = await on.query<Window & { table: string; relation: string }>(
    `select table_name as "table", relation, window_start as start, window_end as "end"
       from weir.targets
      where pipeline = $1 and relation = any ($2)
            -- what is a window of the calendar by arithmetic need not be looked at
        and ($3::bigint is null or not ${onGrid('$3')} or window_start < $4 or window_start >= $5)
   order by window_start, relation`,
    [pipeline.name, relations, lengthOf(pipeline.window), start, end],
  );
  return rows
    .filter((window) => !isOfCalendar(pipeline, window))
    .map(({ table, relation, start, end }) => ({ table, relation, window: { start, end } }));
}

/**
 * What stands between two calendars, for a pipeline whose selects read other windows of its own tables; undefined where none does, or only one calendar is
 * shown. A window of the new one must not be made from rows of the former.
 */
export async function changingCalendar(
  on: Pick<Tx, 'query'>,
  pipeline: Pipeline,
): Promise<ChangingCalendar | undefined> {
  const own: readonly unknown[] = pipeline.curated;
  if (!pipeline.curated.some((table) => readsOf(table).some((read) => own.includes(read)))) return undefined;
  const foreign = await foreignWindows(on, pipeline);
  if (foreign.length === 0) return undefined;
  const staged = await on.query<{ start: string; epoch: string }>(
    `select window_start as start, epoch from weir.staged where pipeline = $1`,
    [pipeline.name],
  );
  return {
    foreign: [...new Set(foreign.map(({ window }) => window.start))],
    staged: staged.map(({ start, epoch }) => ({ start, epoch: Number(epoch) })),
  };
}

/** True for a window of the calendar, within its history. A day and the half day that begins with it are two. */
function isOfCalendar(pipeline: Pipeline, { start, end }: Window): boolean {
  if (!isWindowStart(pipeline, start)) return false;
  return end === (isWhole({ start, end }) ? WHOLE : windowAt(pipeline.window, start as Instant)).end;
}

// Windows of one target do not overlap each other, so that the nearest are enough; a few more, where calendars changed before this was kept.
const NEAR = 4;

/** True when a target holds another window than this one that shares a moment with it: one index range a target. */
export async function overlapsForeign(tx: Tx, pipeline: Pipeline, window: Window): Promise<boolean> {
  const targets = targetsOf(pipeline);
  const [row] = await tx.query<{ overlaps: boolean }>(
    `select exists (
            select from unnest($1::text[], $2::text[]) named (table_name, relation)
        cross join lateral (select window_start, window_end
                              from weir.targets t
                             where t.table_name = named.table_name and t.relation = named.relation and window_start < $4
                          order by window_start desc
                             limit ${NEAR}) near
             where near.window_end > $3 and (near.window_start, near.window_end) <> ($3, $4)) as overlaps`,
    [targets.map(({ table }) => table), targets.map(({ relation }) => relation), window.start, window.end],
  );
  return row!.overlaps;
}

/** The windows of the history up to `now` that share a moment with one of `foreign`, oldest first: those that replace them, together. */
export function replacing(pipeline: Pipeline, foreign: readonly ForeignWindow[], now: Instant): Window[] {
  const sorted = foreign.map(({ window }) => window).sort((a, b) => at(a.start) - at(b.start));
  const starts = sorted.map(({ start }) => at(start));
  let latest = -Infinity;
  const latestEnds = sorted.map(({ end }) => (latest = Math.max(latest, at(end))));
  let before = 0;
  return split(pipeline.window, historyOf(pipeline, now)).filter(({ start, end }) => {
    while (before < starts.length && starts[before]! < at(end)) before++;
    return before > 0 && latestEnds[before - 1]! > at(start);
  });
}

const at = (moment: string): number =>
  moment === '-infinity' ? -Infinity : moment === 'infinity' ? Infinity : millis(moment as Instant);
