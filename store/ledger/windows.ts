import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { split, windowName } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import { checksFingerprint, compiled, windowFingerprint } from './fingerprint';

/** How one window of the calendar stands in the ledger. */
export interface WindowStatus {
  readonly window: string;
  readonly state: 'missing' | 'running' | 'published' | 'held' | 'failed';
  /** Why what is published is out of date, or only unchecked (it was published under other checks); null when it is neither. */
  readonly stale: 'touched' | 'code' | 'checks' | null;
  readonly rows: number | null;
  readonly digest: string | null;
  readonly publishedAt: string | null;
}

/** Every window of `range`, oldest first: the calendar says which there are, the ledger how they stand. */
export async function windowStatuses(
  on: Pick<Tx, 'query'>,
  pipeline: Pipeline,
  range: Window,
): Promise<WindowStatus[]> {
  const now = compiled(pipeline);
  const rows = await on.query<{
    start: string;
    state: WindowStatus['state'];
    stale: WindowStatus['stale'];
    rows: string | null;
    digest: string | null;
    published_at: string | null;
  }>(
    `select window_start as start, state, rows, digest, published_at,
            case when published_at is null then null
                 when touches > touches_seen then 'touched'
                 when code is distinct from $4 then 'code'
                 when checks is distinct from $5 then 'checks'
            end as stale
       from weir.windows
      where pipeline = $1 and window_start >= $2 and window_start < $3`,
    [pipeline.name, range.start, range.end, windowFingerprint(now.code), checksFingerprint(now)],
  );
  const known = new Map(rows.map((row) => [row.start, row]));
  return split(pipeline.window, range).map((window) => {
    const row = known.get(window.start);
    return {
      window: windowName(window),
      state: row?.state ?? 'missing',
      stale: row?.stale ?? null,
      rows: row && row.rows !== null ? Number(row.rows) : null,
      digest: row?.digest ?? null,
      publishedAt: row?.published_at ?? null,
    };
  });
}

/** Windows of the whole history by how they stand, and the newest published data. */
export interface StatusCounts {
  readonly windows: number;
  readonly published: number;
  readonly missing: number;
  readonly running: number;
  readonly failed: number;
  readonly held: number;
  /** Published, and data or code changed since. */
  readonly stale: number;
  /** Published under other checks than the present ones, of the same data and code. */
  readonly unchecked: number;
  /** End of the newest published window; null when nothing is, or the table has no event time. */
  readonly newest: Instant | null;
}

export async function statusCounts(on: Pick<Tx, 'query'>, pipeline: Pipeline, now: Instant): Promise<StatusCounts> {
  const all = await windowStatuses(on, pipeline, historyOf(pipeline, now));
  const of = (state: WindowStatus['state']): number => all.filter((standing) => standing.state === state).length;
  const [newest] = await on.query<{ newest: string | null }>(
    `select max(window_end) as newest from weir.windows where pipeline = $1 and published_at is not null`,
    [pipeline.name],
  );
  return {
    windows: all.length,
    published: all.filter((standing) => standing.publishedAt !== null).length,
    missing: of('missing'),
    running: of('running'),
    failed: of('failed'),
    held: of('held'),
    stale: all.filter(({ stale }) => stale === 'touched' || stale === 'code').length,
    unchecked: all.filter(({ stale }) => stale === 'checks').length,
    newest: newest!.newest === 'infinity' ? null : (newest!.newest ?? null),
  };
}
