import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, firstStart, windowAt, windowName } from '../../model/time/window';
import { OF_RANGE } from '../ledger/runs';
import type { Tx } from '../postgres/database';

/** Why a window is held or failed, as its newest run that ended so says. */
export interface Trouble {
  /** Held: a gate closed. No file yet: its source has nothing there. Broken: all else. */
  readonly reason: 'held' | 'no file yet' | 'broken';
  /** One line for people. */
  readonly why: string;
  /** What neighbours have in common: the checks that closed their gates, or the class of their errors. */
  readonly cause: string;
  /** The end of the first run that ended so since the window was last published. */
  readonly since: Instant;
  /** Of the step that ended it. */
  readonly attempt: number;
}

interface Closing {
  readonly table: string;
  readonly check: string;
  readonly rows: number;
  readonly saw: string | null;
}

/** The troubles of held and failed windows in `range`, by the windows' names. */
export async function troublesOf(
  on: Pick<Tx, 'query'>,
  pipeline: Pipeline,
  range: Window,
): Promise<Map<string, Trouble>> {
  const rows = await on.query<{
    start: string;
    state: 'held' | 'failed';
    attempt: number;
    error: string | null;
    type: string | null;
    since: Instant;
    closing: Closing[] | null;
  }>(
    `select w.window_start as start, last.state, w.attempt, last.error, last.error_type as type, first.since,
            (select jsonb_agg(jsonb_build_object('table', c.table_name, 'check', c.check_name, 'rows', c.rows, 'saw', c.saw)
                              order by c.table_name, c.check_name)
               from weir.check_results c
              where c.epoch = last.epoch and c.severity = 'error' and c.rows > 0) as closing
       from weir.windows w
 cross join lateral (select r.epoch, r.state, r.error, r.error_type
                       from weir.runs r
                      where r.pipeline = w.pipeline and r.window_start = w.window_start and not ${OF_RANGE}
                        and r.state in ('held', 'failed')
                   order by r.epoch desc
                      limit 1) last
 cross join lateral (select min(r.ended_at) as since
                       from weir.runs r
                      where r.pipeline = w.pipeline and r.window_start = w.window_start and not ${OF_RANGE}
                        and r.state in ('held', 'failed') and r.epoch > coalesce(w.published_epoch, 0)) first
      where w.pipeline = $1 and w.window_start >= $2 and w.window_start < $3 and w.state in ('held', 'failed')`,
    [pipeline.name, firstStart(pipeline.window, range), range.end],
  );
  return new Map(
    rows.map(({ start, state, attempt, error, type, since, closing }) => {
      const window = windowName(start === '-infinity' ? WHOLE : windowAt(pipeline.window, start as Instant));
      return [window, { ...told(state, error, type, closing ?? []), since, attempt }];
    }),
  );
}

function told(
  state: 'held' | 'failed',
  error: string | null,
  type: string | null,
  closing: readonly Closing[],
): Pick<Trouble, 'reason' | 'why' | 'cause'> {
  const line = error?.split('\n')[0] ?? 'its run left no reason';
  if (state === 'held' && closing.length > 0)
    return {
      reason: 'held',
      why: closing
        .map(({ table, check, rows, saw }) => `${check} of ${table}: ${saw ?? counted(rows, 'row fails', 'rows fail')}`)
        .join('; '),
      cause: closing.map(({ table, check }) => `${check} of ${table}`).join('; '),
    };
  const reason = state === 'held' ? 'held' : type === 'SourceMissing' ? 'no file yet' : 'broken';
  return { reason, why: line, cause: type ?? line };
}
