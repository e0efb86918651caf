import { between, notNull, rowCount, unique } from '../checks';
import {
  bigint,
  cleaned,
  curated,
  date,
  definePipeline,
  everyColumn,
  float,
  integer,
  sql,
  text,
  timestamptz,
} from '../model';
import { postgresTable } from '../sinks';
import { parquetFiles } from '../sources';
import { airports } from './airports';

/** One row a flight: what the file says, typed, repeats set aside. */
export const flights = cleaned({
  name: 'flights',
  description: 'Three million domestic flights of the United States, January to July 2001.',
  columns: {
    departed_at: timestamptz().from('date').describe('scheduled departure, local time read as UTC'),
    origin: text().describe('IATA three-letter code'),
    destination: text().describe('IATA three-letter code'),
    delay: integer().unit('minute').describe('arrival delay; early is negative'),
    distance: integer().unit('mile'),
  },
  // The file has no flight number: an exact repeat is one flight delivered twice.
  key: everyColumn(),
  eventTime: 'departed_at',
  checks: [
    // More than an hour early, or a day late, is a mistake in the file: 150 of its rows.
    between('delay', -60, 1_440).deadLetter(),
    notNull('origin', 'destination').deadLetter(),
    rowCount({ min: 10_000 }).warn(),
  ],
});

/** One row an airport and day, of its departures. */
export const airportDaily = curated({
  name: 'airport_daily',
  description: 'Departures by airport and day, and how late they arrived.',
  columns: {
    flight_date: date().describe('day of the scheduled departure'),
    origin: text().describe('IATA three-letter code'),
    city: text().nullable().describe('null where the airport is unknown or has no city'),
    flights: integer().unit('row'),
    delayed: integer().unit('row').describe('arrived more than 15 minutes late'),
    total_delay: bigint().unit('minute').describe('early arrivals count against it'),
    total_distance: bigint().unit('mile'),
    avg_delay: float().unit('minute'),
  },
  key: ['flight_date', 'origin'],
  checks: [unique('flight_date', 'origin'), between('avg_delay', -60, 240).warn()],
  // The cast of avg comes after an exact numeric mean, so the order in which rows are read cannot change a digit.
  select: ({ window }) => sql`
    select (f.departed_at at time zone 'utc')::date as flight_date,
           f.origin,
           a.city,
           count(*)::integer as flights,
           (count(*) filter (where f.delay > 15))::integer as delayed,
           sum(f.delay) as total_delay,
           sum(f.distance) as total_distance,
           avg(f.delay)::double precision as avg_delay
      from ${flights} as f
      left join ${airports} as a on a.iata = f.origin
     where ${window.covers('f.departed_at')}
     group by 1, 2, 3`,
});

/** Flights by day, joined with airports: importing that table is the dependency on its pipeline. */
export default definePipeline({
  name: 'flights',
  description: 'Flights cleaned by day, and a daily summary of each airport for the marts.',
  owners: ['air-ops@example.test'],
  source: parquetFiles({ path: 'node_modules/vega-datasets/data/flights-3m.parquet', eventTime: 'date' }),
  window: '1d',
  from: '2001-01-01',
  // A finished history: complete, so it never grows stale.
  until: '2001-07-02',
  cleaned: flights,
  curated: [airportDaily],
  publish: [postgresTable(airportDaily, 'marts.airport_daily')],
  freshness: { warnAfter: '6h', errorAfter: '1d' },
});
