import type { ColumnType } from '../../model/definition/column';
import type { FieldPath } from '../../model/definition/reading/fieldPath';
import { columnLine } from '../../model/run/foundFields';
import type { Database } from '../postgres/database';

/** A field that a source has and no column reads, told once. */
export interface Drift {
  readonly field: FieldPath;
  /** Of the deliveries that count: how many of their records have it. */
  readonly records: number;
  /** When the first and the last delivery with it landed. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** What takes it into the definition. */
  readonly line: string;
}

/** The new fields of what counts of a pipeline, of all of it or of a window's deliveries; first seen also in deliveries that count no more. */
export async function driftOf(database: Database, pipeline: string, windowStart: string | null): Promise<Drift[]> {
  const found = await database.query<{
    field: FieldPath;
    type: ColumnType | null;
    records: string;
    firstSeen: string;
    lastSeen: string;
  }>(
    `select f.path as field, min(f.type) filter (where o.delivery is not null) as type,
            sum(f.records) filter (where o.delivery is not null) as records,
            min(d.landed_at) as "firstSeen", max(d.landed_at) as "lastSeen"
       from weir.new_fields f
       join weir.deliveries d on d.id = f.delivery
  left join weir.origins o on o.pipeline = d.pipeline and o.delivery = d.id
            and ($2::timestamptz is null
                 or exists (select from weir.segment_windows w where w.delivery = d.id and w.window_start = $2::timestamptz))
      where d.pipeline = $1
   group by f.path
     having bool_or(o.delivery is not null)
   order by min(d.landed_at), f.path`,
    [pipeline, windowStart],
  );
  return found.map(({ field, type, records, firstSeen, lastSeen }) => ({
    ...{ field, records: Number(records), firstSeen, lastSeen },
    line: columnLine({ path: field, type }),
  }));
}
