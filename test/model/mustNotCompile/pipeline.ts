import { cleaned, curated, definePipeline, everyColumn, sql, text, timestamptz } from '../../../model';
import { postgresTable } from '../../../sinks';
import { csvFiles } from '../../../sources';

const flights = cleaned({ name: 'flights', columns: { at: timestamptz() }, key: everyColumn(), eventTime: 'at' });
const summary = curated({ name: 'summary', columns: { a: text() }, key: ['a'], select: () => sql`` });
const source = csvFiles({ path: 'a.csv' });
const named = { name: 'flights', description: 'Flights.', source, cleaned: flights } as const;
const owned = { ...named, owners: ['a@example.test'] } as const;

export const fine = definePipeline({ ...owned, window: '1d', from: '2001-01-01' });

export const withoutOwner = definePipeline({ ...named, window: '1d' }); // @error

export const withNobody = definePipeline({ ...named, owners: [], window: '1d' }); // @error

export const badWindow = definePipeline({ ...owned, window: '1 day' }); // @error

export const badUnit = definePipeline({ ...owned, window: '1y' }); // @error

export const badFreshness = definePipeline({
  ...owned,
  window: 'whole',
  freshness: { warnAfter: 'soon', errorAfter: '1d' }, // @error
});

export const halfAPromise = definePipeline({
  ...owned,
  window: 'whole',
  freshness: { warnAfter: '1h' }, // @error
});

export const cleanedAmongCurated = definePipeline({
  ...owned,
  window: 'whole',
  curated: [summary, flights], // @error
});

export const toNoSchema = postgresTable(summary, 'summary'); // @error

export const ofCleaned = postgresTable(flights, 'marts.flights'); // @error

export const badReach = curated({
  name: 'reach',
  columns: { a: text() },
  key: ['a'],
  select: ({ window }) => sql`select where ${window.covers('at', { before: 'six days' })}`, // @error
});
