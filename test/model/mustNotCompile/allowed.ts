// The neighbours of what must not compile: all of this must.
import { acceptedValues, between, expression, notNull, references, rowCount, unique } from '../../../checks';
import {
  bigint,
  boolean,
  cleaned,
  curated,
  date,
  everyColumn,
  everyRecord,
  float,
  integer,
  sql,
  text,
  timestamptz,
  type Row,
} from '../../../model';
import { postgresTable } from '../../../sinks';

const columns = {
  at: timestamptz(),
  origin: text().parse('trimmed@1', (field) => field?.trim() ?? null),
  city: text().nullable(),
  delay: integer().nullable(),
  distance: bigint(),
  share: float(),
  cancelled: boolean(),
};

export const flights = cleaned({
  name: 'flights',
  columns,
  key: ['origin', 'at'],
  eventTime: 'at',
  latestBy: 'delay',
  checks: [
    notNull('at', 'city').deadLetter(),
    between('delay', 0, 1).deadLetter().warn(),
    between('distance', 0, 1).warn().deadLetter(),
    between('share', 0, 1),
    acceptedValues('origin', ['JFK', 'ATL']).deadLetter(),
    acceptedValues('city', ['New York']),
    acceptedValues('delay', [1, 2]).warn(),
    acceptedValues('cancelled', [true]),
    unique('origin', 'at').warn(),
    rowCount({ min: 1 }).warn(),
    expression(sql`delay > 0`).warn(),
  ],
});

export const others = [
  cleaned({ name: 'all', columns, key: everyColumn(), eventTime: 'at' }),
  cleaned({ name: 'each', columns, key: everyRecord(), checks: [references('city', flights, 'origin')] }),
];

export const daily = curated({
  name: 'daily',
  columns: { day: date(), origin: text() },
  key: ['day', 'origin'],
  checks: [notNull('day'), unique('day', 'origin'), references('origin', flights, 'origin').warn()],
  select: ({ window }) => sql`select from ${flights} where ${window.covers('at', { before: '6d' })}`,
});

export const sink = postgresTable(daily, 'marts.daily');

export const row: Row<typeof flights.columns> = {
  at: new Date(0),
  origin: 'JFK',
  city: null,
  delay: null,
  distance: 1n,
  share: 0.5,
  cancelled: false,
};
