import { fractionOf, impliedQuestions } from '../../model/definition/deadLetters';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Sql } from '../../model/definition/sql';
import { sql } from '../../model/definition/sql';
import { counted as countedWords } from '../../model/run/counted';
import type { Window } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import type { Scope } from '../postgres/renderSql';
import { renderFor } from '../postgres/renderSql';
import type { Asked } from './askChecks';

/**
 * What every cleaned window is asked, whatever its definition declares: that not too many of its records are dead letters, nor of any
 * delivery that holds records of it or whose former self did, and that a file which changed has not left it empty. From the ledger's
 * counts, so that it costs no reading of rows.
 */
export async function deadLetterChecks(tx: Tx, pipeline: Pipeline, scope: Scope): Promise<Asked[]> {
  const { window } = scope;
  const found = await shares(tx, pipeline.name, scope);
  return impliedQuestions(pipeline).map(({ label, severity, asks }) => ({
    label,
    severity,
    ...(asks !== 'emptied' && { saw: () => sharesInWords(found, asks.above) }),
    failing: ({ rows }) =>
      asks === 'emptied'
        ? emptiedBy(pipeline.name, window, rows)
        : tooMany(pipeline.name, window, fractionOf(asks.above)),
  }));
}

interface Share {
  readonly dead: number;
  readonly records: number;
}

/** The window's share of dead letters, and the largest of a delivery that it concerns. */
async function shares(tx: Tx, pipeline: string, scope: Scope): Promise<{ window: Share; worst: Share }> {
  const fragment = sql`
  ${counted(pipeline, scope.window)}
  select distinct on (delivery is null) delivery is null as "isWindow", coalesce(dead, 0)::text as dead, coalesce(records, 0)::text as records
    from counted
order by delivery is null, coalesce(dead / nullif(records, 0)::float, 0) desc`;
  const rows = await tx.query<{ isWindow: boolean; dead: string; records: string }>(renderFor(fragment, scope));
  const of = (isWindow: boolean): Share => {
    const row = rows.find((one) => one.isWindow === isWindow);
    return { dead: Number(row?.dead ?? 0), records: Number(row?.records ?? 0) };
  };
  return { window: of(true), worst: of(false) };
}

/** `1 of 56 records, at most 1 %`: of the window, or of a delivery where that alone has too many. */
function sharesInWords({ window, worst }: { readonly window: Share; readonly worst: Share }, above: string): string {
  const isAbove = ({ dead, records }: Share): boolean => dead > fractionOf(above) * records;
  const ofDelivery = isAbove(worst) && !isAbove(window);
  const { dead, records } = ofDelivery ? worst : window;
  return `${dead.toLocaleString('en')} of ${countedWords(records, 'record')}${ofDelivery ? ' of one delivery' : ''}, at most ${above}`;
}

// Records and dead letters of the window, and of each delivery that it concerns.
const counted = (pipeline: string, window: Window): Sql => sql`
  with concerned as (
         select o.origin, o.delivery
           from weir.segment_windows w
           join weir.deliveries d on d.id = w.delivery
           join weir.origins o on o.pipeline = d.pipeline and o.origin = d.origin and o.delivery = d.id
          where d.pipeline = ${pipeline} and w.window_start = ${window.start}::timestamptz
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
       group by c.origin, c.delivery)`;

// The window, and each delivery that it concerns, whose share of dead letters is above `fraction`, with the first reason.
const tooMany = (pipeline: string, window: Window, fraction: number): Sql => sql`
  ${counted(pipeline, window)}
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
