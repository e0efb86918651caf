import type { Sql } from '../../model/definition/sql';
import { sql } from '../../model/definition/sql';
import type { Window } from '../../model/time/window';

/**
 * The deliveries that count and hold records of a window, or whose former self did, or that were landed for it and hold records without a
 * readable time, which are of no window; as the table `concerned` of a `with`.
 */
export const concernedDeliveries = (pipeline: string, window: Window): Sql => sql`concerned as (
         select o.origin, o.delivery
           from weir.segment_windows w
           join weir.deliveries d on d.id = w.delivery
           join weir.origins o on o.pipeline = d.pipeline and o.origin = d.origin and o.delivery = d.id
          where d.pipeline = ${pipeline} and w.window_start = ${window.start}::timestamptz
          union
         select o.origin, o.delivery
           from weir.superseded_windows s
           join weir.origins o on o.pipeline = s.pipeline and o.origin = s.origin
          where s.pipeline = ${pipeline} and s.window_start = ${window.start}::timestamptz
          union
         select o.origin, o.delivery
           from weir.segment_windows w
           join weir.deliveries d on d.id = w.delivery and d.pipeline = ${pipeline}
           join weir.origins o on o.pipeline = d.pipeline and o.origin = d.origin and o.delivery = d.id
           join weir.runs r on r.epoch = d.epoch and r.window_start <= ${window.start}::timestamptz and r.window_end > ${window.start}::timestamptz
          where w.window_start is null and w.dead > 0)`;
