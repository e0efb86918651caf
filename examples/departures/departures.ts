import { cleaned, curated, date, definePipeline, integer, sql, text, timestamptz } from '../../model';
import { postgresTable } from '../../sinks';
import { csvFiles } from '../../sources';

/** Flights from New York: no field has a moment; it is year, month, day and a clock as one number (517, 2400) in four of them. */
export const departures = cleaned({
  name: 'departures',
  columns: {
    scheduled_at: timestamptz()
      .fromFields('year', 'month', 'day', 'sched_dep_time')
      .format('yyyy M d Hmm')
      .zone('America/New_York'),
    departed_at: timestamptz()
      .fromFields('year', 'month', 'day', 'dep_time')
      .format('yyyy M d Hmm')
      .zone('America/New_York')
      .nullable()
      .describe('none: cancelled. The day is that of the schedule, also where it left after midnight'),
    carrier: text().matches(/^[A-Z0-9]{2}$/),
    flight: integer(),
    tail: text().from('tailnum').nullable(),
    origin: text().oneOf('EWR', 'JFK', 'LGA'),
    destination: text()
      .from('dest')
      .matches(/^[A-Z]{3}$/),
  },
  key: ['scheduled_at', 'carrier', 'flight'],
  eventTime: 'scheduled_at',
  // dep_delay is computed below, from the two moments.
  extraFields: 'ignore',
});

/** Punctuality by day and airport. */
export const punctuality = curated({
  name: 'punctuality',
  columns: {
    day: date(),
    origin: text(),
    flights: integer().unit('flight'),
    cancelled: integer().unit('flight'),
    longest_delay: integer().nullable().unit('minute'),
  },
  key: ['day', 'origin'],
  select: ({ window }) => sql`
    select (d.scheduled_at at time zone 'America/New_York')::date as day, d.origin,
           count(*)::integer as flights,
           (count(*) filter (where d.departed_at is null))::integer as cancelled,
           max(extract(epoch from d.departed_at - d.scheduled_at
                             -- After midnight, under the day of the schedule.
                             + case when d.departed_at < d.scheduled_at - interval '12 hours'
                                    then interval '1 day' else interval '0' end) / 60)::integer as longest_delay
      from ${departures} d
     where ${window.covers('d.scheduled_at')}
     group by 1, 2`,
});

export default definePipeline({
  name: 'departures',
  description: 'flights from the airports of New York, cancelled ones too',
  owners: ['airports@example.test'],
  source: csvFiles({ path: 'examples/departures/{year}-{month}.csv', dialect: { nulls: ['NA'] } }),
  window: '1d@America/New_York',
  from: '2013-01-01T00:00:00-05:00',
  until: '2013-01-03T00:00:00-05:00',
  // Thirteen flights show two ways to be wrong.
  deadLetters: { errorAbove: '50 %' },
  cleaned: departures,
  curated: [punctuality],
  publish: [postgresTable(punctuality, 'marts.punctuality')],
});
