import { between, expect, notNull } from '../../checks';
import { cleaned, curated, date, definePipeline, integer, json, numeric, sql, text, timestamptz } from '../../model';
import { postgresTable } from '../../sinks';
import { ndjsonFiles } from '../../sources';

/** What visitors of a shop did: objects in objects, and lists of items. Words lead into objects; a list stays JSON. */
export const events = cleaned({
  name: 'events',
  columns: {
    id: text(),
    at: timestamptz().from('ts').describe('by the clock of the browser'),
    received_at: timestamptz().from('received').epoch('ms').describe('by the clock of the web server'),
    user_id: integer().from('user', 'id'),
    country: text().nullable().from('user', 'geo', 'country'),
    url: text().nullable().from('ctx', 'page', 'url'),
    items: json().nullable().describe('what was bought: a list of {sku, qty, price}'),
  },
  key: ['id'],
  eventTime: 'at',
  latestBy: 'received_at',
  checks: (r) => [expect('received after it happened', r.received_at.gte(r.at)).deadLetter()],
});

/** One row an item: the list is opened where it is asked for, and no table appears by itself. */
export const itemDaily = curated({
  name: 'item_daily',
  columns: {
    day: date(),
    country: text().describe('ZZ where the event has none'),
    sku: text(),
    bought: integer().unit('piece'),
    spent: numeric().unit('euro'),
  },
  key: ['day', 'country', 'sku'],
  checks: [notNull('day', 'sku'), between('bought', 1, 1_000_000)],
  select: ({ window }) => sql`
    select (e.at at time zone 'utc')::date as day, coalesce(e.country, 'ZZ') as country, i.item ->> 'sku' as sku,
           sum((i.item ->> 'qty')::integer) as bought,
           sum((i.item ->> 'qty')::integer * (i.item ->> 'price')::numeric) as spent
      from ${events} e
     cross join lateral jsonb_array_elements(e.items) as i (item)
     where ${window.covers('e.at')}
     group by 1, 2, 3`,
});

export default definePipeline({
  name: 'events',
  description: 'events of a shop, as its web servers write them',
  owners: ['shop@example.test'],
  source: ndjsonFiles({ path: 'examples/events/{date}.ndjson' }),
  window: '1d',
  from: '2024-01-05T00:00:00Z',
  until: '2024-01-06T00:00:00Z',
  // Nine records show three ways to be wrong.
  deadLetters: { errorAbove: '50 %' },
  cleaned: events,
  curated: [itemDaily],
  publish: [postgresTable(itemDaily, 'marts.item_daily')],
});
