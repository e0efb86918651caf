import path from 'node:path';
import { between, notNull } from '../checks';
import type { Pipeline } from '../model';
import { bigint, cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../model';
import { postgresTable } from '../sinks';
import { ndjsonFiles } from '../sources';

export const FIRST_DAY = '2024-01-01T00:00:00Z';

/** Events of a shop, a file a day, counted by day and kind. */
export function events(folder: string): Pipeline {
  const all = cleaned({
    name: 'events',
    columns: { event_id: bigint(), at: timestamptz(), user_id: integer(), kind: text(), amount: integer() },
    key: ['at', 'event_id'],
    eventTime: 'at',
    checks: [notNull('kind').deadLetter(), between('amount', 0, 100_000).deadLetter()],
  });
  const daily = curated({
    name: 'event_daily',
    columns: { day: date(), kind: text(), events: integer(), amount: bigint() },
    key: ['day', 'kind'],
    select: ({ window }) => sql`
      select (e.at at time zone 'utc')::date as day, e.kind, count(*) as events, sum(e.amount) as amount
        from ${all} e
       where ${window.covers('e.at')}
       group by 1, 2`,
  });
  return definePipeline({
    name: 'events',
    description: 'what visitors of a shop did',
    owners: ['bench@example.test'],
    source: ndjsonFiles({ path: path.join(folder, 'events-{date}.ndjson') }),
    window: '1d',
    from: FIRST_DAY,
    until: '2025-01-01T00:00:00Z',
    cleaned: all,
    curated: [daily],
    publish: [postgresTable(daily, 'marts.event_daily')],
  });
}
