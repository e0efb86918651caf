import type { Sql } from '../../model/definition/sql';
import { Sql as Fragment, ident, sql } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import type { Duration } from '../../model/time/time';
import { durationMs, instant, millis } from '../../model/time/time';
import type { Grain, Window } from '../../model/time/window';
import { isWhole, split } from '../../model/time/window';
import type { Scope } from '../postgres/renderSql';
import { tableSource } from '../postgres/renderSql';

/** Whose windows, and how they are cut. */
export interface Calendar {
  readonly pipeline: string;
  readonly grain: Grain;
}

const DAY_MS = 86_400_000;
/** So many windows of one weekday have a median and a spread of their own. */
const ENOUGH_ALIKE = 4;

/**
 * The windows of `over` before the one at hand that raw holds, each with `measure` of its cleaned rows: see CheckContext.baseline. Only the
 * windows that are compared with are read. Which windows were run, held or published is nowhere in it.
 */
export function baselineWindows(of: {
  readonly table: Table;
  readonly calendar?: Calendar | undefined;
  readonly over: Duration;
  readonly measure: Sql;
  readonly scope: Scope;
}): Sql {
  const { table, calendar, over, measure, scope } = of;
  const time = table.layer === 'cleaned' ? table.eventTime : undefined;
  if (!calendar || time === undefined || isWhole(scope.window))
    return sql`(select null::timestamptz as window_start, null::numeric as value, null::bigint as known where false)`;
  const former = windowsBefore(calendar.grain, scope.window, over);
  const rows = new Fragment([tableSource(table, scope)], []);
  return sql`
    (select w.window_start, w.known,
            (select ${measure}
               from ${rows} as t
              where t.${ident(time)} >= w.window_start and t.${ident(time)} < w.window_end)::numeric as value
       from (select known.*, count(*) over () as known, count(*) filter (where alike) over () as known_alike
               from unnest(${former.map(({ start }) => start)}::timestamptz[], ${former.map(({ end }) => end)}::timestamptz[],
                           ${former.map(({ alike }) => String(alike))}::boolean[]) as known (window_start, window_end, alike)
              where exists (select
                              from weir.segment_windows s
                              join weir.origins o on o.delivery = s.delivery
                             where o.pipeline = ${calendar.pipeline} and s.window_start = known.window_start)) as w
      where w.alike or w.known_alike < ${ENOUGH_ALIKE}::bigint)`;
}

/** The windows of `over` before `window`; alike: of the same weekday and time of day, by the clock of the grain's zone. */
function windowsBefore(grain: Grain, window: Window, over: Duration): (Window & { alike: boolean })[] {
  const start = millis(window.start);
  return split(grain, { start: instant(start - durationMs(over)), end: window.start }).map((former) => {
    const back = start - millis(former.start);
    // Windows of a zone are days, of 23 to 25 hours.
    const alike = grain.includes('@') ? Math.round(back / DAY_MS) % 7 === 0 : back % (7 * DAY_MS) === 0;
    return { ...former, alike };
  });
}
