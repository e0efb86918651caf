import type { Window } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import type { Decision } from '../ledger/originLife';

/** Who accepted that a window is missing, when and why. */
export interface Accepted {
  readonly by: string;
  readonly why: string;
  readonly at: string;
}

/** The accepted holes of `pipeline` in `range`, by the window's start; one that was published meanwhile is none. */
export async function acceptedWindows(
  on: Pick<Tx, 'query'>,
  pipeline: string,
  range: Window,
): Promise<Map<string, Accepted>> {
  const rows = await on.query<Accepted & { start: string }>(
    `select a.window_start as start, a.accepted_by as by, a.accepted_why as why, a.accepted_at as at
       from weir.accepted a
      where a.pipeline = $1 and a.window_start >= $2 and a.window_start < $3 and a.undone_at is null
        and not exists (select from weir.windows w
                         where w.pipeline = a.pipeline and w.window_start = a.window_start and w.published_at is not null)`,
    [pipeline, range.start, range.end],
  );
  return new Map(rows.map(({ start, ...accepted }) => [start, accepted]));
}

/** Accepts that these windows stay missing; those that are published, or accepted already, stay as they are. The starts of those it accepted. */
export async function acceptWindows(
  on: Pick<Tx, 'query'>,
  pipeline: string,
  windows: readonly Window[],
  decision: Decision & { readonly why: string },
): Promise<string[]> {
  const rows = await on.query<{ start: string }>(
    `insert into weir.accepted as a (pipeline, window_start, window_end, accepted_by, accepted_why)
     select $1, n.window_start, n.window_end, $4, $5
       from unnest($2::timestamptz[], $3::timestamptz[]) n (window_start, window_end)
      where not exists (select from weir.windows w
                         where w.pipeline = $1 and w.window_start = n.window_start and w.published_at is not null)
         on conflict (pipeline, window_start) do update
        set window_end = excluded.window_end, accepted_at = clock_timestamp(), accepted_by = excluded.accepted_by,
            accepted_why = excluded.accepted_why, undone_at = null, undone_by = null
      where a.undone_at is not null or a.window_end <> excluded.window_end
  returning window_start as start`,
    [pipeline, windows.map(({ start }) => start), windows.map(({ end }) => end), decision.by, decision.why],
  );
  return rows.map(({ start }) => start).sort();
}

/** Takes the acceptance of these windows back: they are missing again. The starts of those that were accepted. */
export async function undoAccepted(
  on: Pick<Tx, 'query'>,
  pipeline: string,
  windows: readonly Window[],
  by: string,
): Promise<string[]> {
  const rows = await on.query<{ start: string }>(
    `update weir.accepted
        set undone_at = clock_timestamp(), undone_by = $3
      where pipeline = $1 and window_start = any ($2::timestamptz[]) and undone_at is null
  returning window_start as start`,
    [pipeline, windows.map(({ start }) => start), by],
  );
  return rows.map(({ start }) => start).sort();
}
