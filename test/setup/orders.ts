import { mkdirSync, writeFileSync } from 'node:fs';
import { acceptedValues, between, notNull, rowCount } from '../../checks';
import type { Pipeline } from '../../model';
import { cleaned, curated, definePipeline, integer, numeric, sql, text, timestamptz } from '../../model';
import { postgresTable } from '../../sinks';
import { ndjsonFiles } from '../../sources';

/** Orders of a shop, an hour a file, of one day: an hour without a file, a broken one, a thin one, quiet nights, and records that no row can be. */
export function ordersPipeline(): Pipeline {
  const orders = cleaned({
    name: 'orders',
    columns: {
      order_id: text(),
      placed_at: timestamptz(),
      country: text(),
      amount: numeric().unit('EUR'),
      quantity: integer(),
    },
    key: ['order_id', 'placed_at'],
    eventTime: 'placed_at',
    checks: [
      acceptedValues('country', ['DE', 'FR', 'IT', 'ES']).deadLetter(),
      between('quantity', 1, 100).deadLetter(),
      notNull('amount').deadLetter(),
      rowCount({ min: 20 }),
      rowCount({ max: 60 }).warn(),
    ],
  });
  const hourly = curated({
    name: 'country_hourly',
    columns: { hour: timestamptz(), country: text(), orders: integer(), amount: numeric().unit('EUR') },
    key: ['hour', 'country'],
    select: ({ window }) => sql`
      select date_trunc('hour', o.placed_at) as hour, o.country, count(*)::integer as orders, sum(o.amount) as amount
        from ${orders} as o
       where ${window.covers('o.placed_at')}
       group by 1, 2`,
  });
  return definePipeline({
    name: 'orders',
    description: 'Shop orders by hour.',
    owners: ['shop@example.test'],
    source: ndjsonFiles({ path: 'landing/{date}/orders-{hour}.ndjson' }),
    window: '1h',
    from: '2024-05-01',
    until: '2024-05-02',
    cleaned: orders,
    curated: [hourly],
    publish: [postgresTable(hourly, 'marts.country_hourly')],
    deadLetters: { errorAbove: '50 %' },
    freshness: { errorAfter: '6h' },
  });
}

const COUNTRIES = ['DE', 'FR', 'IT', 'ES'];
/** Orders of each hour from midnight; null: no file. */
const BY_HOUR = [6, 4, 3, null, 3, 8, 24, 30, 38, 44, 48, 52, 55, 61, 52, 48, 44, 40, 5, 34, 30, 28, 25, 22];

/** Writes its files into `landing` of the working directory. */
export function writeOrders(): void {
  const day = '2024-05-01';
  mkdirSync(`landing/${day}`, { recursive: true });
  for (const [hour, orders] of BY_HOUR.entries()) {
    if (orders === null) continue;
    const name = String(hour).padStart(2, '0');
    const order = (i: number): string =>
      JSON.stringify({
        order_id: `${name}-${i}`,
        placed_at: `${day}T${name}:${String(i % 60).padStart(2, '0')}:00Z`,
        country: i === 7 && hour % 6 === 0 ? '<script>' : COUNTRIES[i % 4],
        amount: `${i + 1}.50`,
        quantity: i === 9 && hour % 8 === 0 ? 'many' : 1 + (i % 5),
      });
    const lines = Array.from({ length: orders }, (_, i) => order(i));
    // One order comes twice, and one record is no JSON.
    if (orders > 40) lines.push(order(5));
    if (hour % 12 === 6) lines.push('{"order_id":"broken, "placed_at":');
    writeFileSync(`landing/${day}/orders-${name}.ndjson`, hour === 20 ? '' : `${lines.join('\n')}\n`);
  }
}
