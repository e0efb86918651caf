import { between, notNull } from '../../checks';
import { cleaned, curated, date, definePipeline, integer, numeric, sql, text, timestamptz } from '../../model';
import { postgresTable } from '../../sinks';
import { csvFiles } from '../../sources';

/** What tills of German shops sold: a file a till and day, as cash registers write them. */
export const receipts = cleaned({
  name: 'receipts',
  columns: {
    store: text().path('store').describe('from the name of the file: the tills do not know'),
    receipt: text().from('beleg_nr'),
    line: integer().from('pos').min(1),
    sold_at: timestamptz().from('datum').format('dd.MM.yyyy HH:mm').zone('Europe/Berlin'),
    article: text().from('artikel'),
    pieces: integer().from('menge').unit('piece'),
    amount: numeric().from('betrag').unit('euro').min('-9999.99').max('9999.99').describe('negative: given back'),
    paid_by: text().from('zahlart').oneOf('bar', 'karte'),
    voucher: text().from('gutschein').nullable(),
  },
  key: ['store', 'receipt', 'line'],
  eventTime: 'sold_at',
});

/** Takings by day and shop; a day is a day of Berlin, so the last Sunday of October has 25 hours. */
export const takings = curated({
  name: 'takings',
  columns: {
    day: date(),
    store: text(),
    receipts: integer().unit('receipt'),
    takings: numeric().unit('euro'),
  },
  key: ['day', 'store'],
  checks: [notNull('day', 'store'), between('receipts', 1, 100_000)],
  select: ({ window }) => sql`
    select (r.sold_at at time zone 'Europe/Berlin')::date as day, r.store,
           count(distinct r.receipt)::integer as receipts, sum(r.amount) as takings
      from ${receipts} r
     where ${window.covers('r.sold_at')}
     group by 1, 2`,
});

export default definePipeline({
  name: 'tills',
  description: 'receipts of the shops, by till and day',
  owners: ['shops@example.test'],
  source: csvFiles({
    path: 'examples/tills/drops/{date}/store_{store}_*.csv.gz',
    dialect: {
      ...{ delimiter: ';', encoding: 'windows-1252', decimal: ',', thousands: '.' },
      ...{ names: 'snake_case', nulls: ['-'], skip: /^Summe/ },
    },
    // Nobody sells on a Sunday, and no file is a fact then.
    missing: 'empty',
  }),
  window: '1d@Europe/Berlin',
  from: '2024-10-26T00:00:00+02:00',
  until: '2024-10-29T00:00:00+01:00',
  // Nineteen lines show three ways to be wrong.
  deadLetters: { errorAbove: '50 %' },
  cleaned: receipts,
  curated: [takings],
  publish: [postgresTable(takings, 'marts.takings')],
});
