import { acceptedValues, between, notNull, references, unique } from '../../../checks';
import { cleaned, curated, everyColumn, integer, sql, text } from '../../../model';

const columns = { origin: text(), delay: integer() };

export const flights = cleaned({
  name: 'flights',
  columns,
  key: everyColumn(),
  checks: [
    notNull('origin'),
    notNull('orgin'), // @error
    notNull('origin', 'dealy').deadLetter(), // @error
    between('dealy', 0, 1), // @error
    acceptedValues('orgin', ['JFK']).warn(), // @error
    unique('origin', 'dealy'), // @error
  ],
});

export const summary = curated({
  name: 'summary',
  columns,
  key: ['origin'],
  checks: [
    unique('orgin'), // @error
    references('orgin', flights, 'origin'), // @error
    references('origin', flights, 'orgin'), // @error
  ],
  select: () => sql`select`,
});
