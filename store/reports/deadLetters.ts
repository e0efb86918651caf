import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { WHOLE, windowAt, windowName } from '../../model/time/window';
import type { Database } from '../postgres/database';

export interface DeadLetterRow {
  readonly delivery: number;
  readonly origin: string;
  readonly record: number;
  /** Its name; null where the record's event time could not be read. */
  readonly window: string | null;
  readonly column: string | null;
  readonly reason: string;
  readonly value: string | null;
  readonly bytes: Buffer;
}

/** The letters of the window that begins there; those of any window; those of none. */
export type LettersOf = { readonly start: string } | 'windows' | 'none';

// Of deliveries that count. Parameters: pipeline, the window's start or null.
const letters = (of: LettersOf): string => `
       from weir.dead_letters l
       join weir.deliveries d on d.id = l.delivery
       join weir.origins o on o.cleaned = d.id
      where l.pipeline = $1 and ${of === 'none' ? 'l.window_start is null' : 'l.window_start is not null'}
        and ($2::timestamptz is null or l.window_start = $2)`;

const startOf = (of: LettersOf): string | null => (typeof of === 'string' ? null : of.start);

/** Records set aside, in the order of their origin and position: the first ones, and how many there are. */
export async function deadLettersOf(
  database: Database,
  pipeline: Pipeline,
  of: LettersOf,
  limit: number,
): Promise<{ all: number; first: DeadLetterRow[] }> {
  const [[all], first] = await Promise.all([
    database.query<{ n: string }>(`select count(*) as n ${letters(of)}`, [pipeline.name, startOf(of)]),
    database.query<DeadLetterRow>(
      `select l.delivery, d.origin, l.record, l.window_start as window, l.column_name as column, l.reason, l.value, l.bytes
       ${letters(of)}
   order by d.origin collate "C", l.record
      limit $3`,
      [pipeline.name, startOf(of), limit],
    ),
  ]);
  return {
    all: Number(all!.n),
    first: first.map((row) => ({ ...row, window: row.window === null ? null : nameOf(pipeline, row.window) })),
  };
}

/** Dead letters counted: by reason or column, most first; by window, in order of time, those of none last. */
export async function deadLetterCounts(
  database: Database,
  pipeline: Pipeline,
  by: 'reason' | 'column' | 'window',
): Promise<{ what: string | null; records: string; example: string | null }[]> {
  const expression = { reason: 'l.reason', column: 'l.column_name', window: 'l.window_start' }[by];
  const rows = await database.query<{ what: string | null; records: string; example: string | null }>(
    `select ${expression} as what, count(*) as records, min(l.value) as example
       from weir.dead_letters l
       join weir.origins o on o.cleaned = l.delivery
      where l.pipeline = $1
   group by 1
   order by ${by === 'window' ? '1 nulls last' : '2 desc, 1'}`,
    [pipeline.name],
  );
  return by === 'window'
    ? rows.map((row) => ({ ...row, what: row.what === null ? null : nameOf(pipeline, row.what) }))
    : rows;
}

const nameOf = (pipeline: Pipeline, start: string): string =>
  windowName(start === '-infinity' ? WHOLE : windowAt(pipeline.window, start as Instant));
