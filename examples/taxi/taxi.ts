import { expect, notNull } from '../../checks';
import { cleaned, curated, date, definePipeline, float, integer, numeric, sql, text, timestamptz } from '../../model';
import { postgresTable } from '../../sinks';
import { csvFiles } from '../../sources';

/** Trips of New York's taxis as the city publishes them: a file a month, local time, money to the cent. */
export const trips = cleaned({
  name: 'trips',
  columns: {
    vendor: text().from('vendor_id').oneOf('1', '2'),
    pickup: timestamptz().from('tpep_pickup_datetime').zone('America/New_York'),
    dropoff: timestamptz().from('tpep_dropoff_datetime').zone('America/New_York'),
    passengers: integer().from('passenger_count').nullable().unit('person'),
    distance: float().from('trip_distance').unit('mile'),
    fare: numeric().from('fare_amount').unit('dollar').min(0).max('999.99'),
    tip: numeric().from('tip_amount').unit('dollar').min(0).max('999.99'),
    total: numeric().from('total_amount').unit('dollar').min(0).max('1999.99'),
    surcharge: numeric().from('congestion_surcharge').nullable().unit('dollar').describe('born in January 2019'),
  },
  key: ['vendor', 'pickup', 'dropoff', 'total'],
  eventTime: 'pickup',
  // Files from before 2019 have no surcharge.
  missingField: 'null',
  newField: 'ignore',
  checks: (r) => [
    expect('drop-off after pick-up', r.dropoff.gte(r.pickup)).deadLetter(),
    expect('the total has the fare and the tip in it', r.total.gte(r.fare.plus(r.tip))).deadLetter(),
    expect('within the city', r.distance.lt(200)).deadLetter(),
  ],
});

/** What drivers earned, by month. */
export const earnings = curated({
  name: 'earnings',
  columns: {
    month: date(),
    trips: integer().unit('trip'),
    fares: numeric().unit('dollar'),
    tips: numeric().unit('dollar'),
    surcharges: numeric().nullable().unit('dollar'),
  },
  key: ['month'],
  checks: [notNull('month')],
  select: ({ window }) => sql`
    select date_trunc('month', t.pickup at time zone 'America/New_York')::date as month,
           count(*)::integer as trips, sum(t.fare) as fares, sum(t.tip) as tips, sum(t.surcharge) as surcharges
      from ${trips} t
     where ${window.covers('t.pickup')}
     group by 1`,
});

export default definePipeline({
  name: 'taxi',
  description: 'taxi trips of New York, by month',
  owners: ['mobility@example.test'],
  source: csvFiles({ path: 'examples/taxi/trips/{year}-{month}.csv', dialect: { names: 'snake_case' } }),
  window: '1mo@America/New_York',
  from: '2018-12-01T00:00:00-05:00',
  until: '2019-02-01T00:00:00-05:00',
  // Meters whose clocks were never set: 2008 is no month of this history.
  outside: 'deadLetter',
  // Sixteen trips show four of the faults that the city's files have.
  deadLetters: { errorAbove: '50 %' },
  cleaned: trips,
  curated: [earnings],
  publish: [postgresTable(earnings, 'marts.earnings')],
});
