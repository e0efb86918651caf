import { fractionOf, impliedQuestions } from '../../model/definition/deadLetters';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Sql } from '../../model/definition/sql';
import { sql } from '../../model/definition/sql';
import type { Window } from '../../model/time/window';
import type { Asked } from './askChecks';

/**
 * What every cleaned window is asked, whatever its definition declares: that not too many of its records are dead letters, nor of any
 * delivery that holds records of it or whose former self did, and that a file which changed has not left it empty. From the ledger's
 * counts, so that it costs no reading of rows.
 */
export function deadLetterChecks(pipeline: Pipeline, window: Window): Asked[] {
  return impliedQuestions(pipeline).map(({ label, severity, asks }) => ({
    label,
    severity,
    failing: ({ rows }) =>
      asks === 'emptied'
        ? emptiedBy(pipeline.name, window, rows)
        : tooMany(pipeline.name, window, fractionOf(asks.above)),
  }));
}

// The window, and each delivery that it concerns, whose share of dead letters is above `fraction`, with the first reason.
const tooMany = (pipeline: string, window: Window, fraction: number): Sql => sql`
  with concerned as (
         select o.origin, o.delivery
           from weir.origins o
           join weir.segment_windows w on w.delivery = o.delivery
          where o.pipeline = ${pipeline} and w.window_start = ${window.start}::timestamptz
          union
         select o.origin, o.delivery
           from weir.superseded_windows s
           join weir.origins o on o.pipeline = s.pipeline and o.origin = s.origin
          where s.pipeline = ${pipeline} and s.window_start = ${window.start}::timestamptz),
       counted as (
         select 'this window' as what, null::integer as delivery, sum(w.dead) as dead, sum(w.rows + w.dead) as records
           from concerned c
           join weir.segment_windows w on w.delivery = c.delivery and w.window_start = ${window.start}::timestamptz
          union all
         select c.origin, c.delivery, sum(w.dead), sum(w.rows + w.dead)
           from concerned c
           join weir.segment_windows w on w.delivery = c.delivery
       group by c.origin, c.delivery)
  select what, dead as dead_letters, records,
         (select concat_ws(': ', l.column_name, l.reason)
            from weir.dead_letters l
           where l.pipeline = ${pipeline}
             and case when counted.delivery is null then l.window_start = ${window.start}::timestamptz else l.delivery = counted.delivery end
        order by l.delivery, l.record
           limit 1) as first_reason
    from counted
   where dead > ${fraction}::float * records
order by delivery is not null, what`;

const emptiedBy = (pipeline: string, window: Window, rows: number): Sql => sql`
  select s.origin as emptied_by
    from weir.superseded_windows s
   where s.pipeline = ${pipeline} and s.window_start = ${window.start}::timestamptz and ${rows}::bigint = 0
order by 1`;
