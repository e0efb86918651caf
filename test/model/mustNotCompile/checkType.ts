import { acceptedValues, between, references } from '../../../checks';
import { boolean, cleaned, curated, date, everyColumn, integer, numeric, sql, text, timestamptz } from '../../../model';

const columns = {
  origin: text(),
  delay: integer(),
  day: date(),
  at: timestamptz(),
  price: numeric(),
  cancelled: boolean().nullable(),
};

export const flights = cleaned({
  name: 'flights',
  columns,
  key: everyColumn(),
  checks: [
    between('delay', 0, 1),
    between('origin', 0, 1), // @error
    between('day', 0, 1).deadLetter(), // @error
    between('at', 0, 1), // @error
    between('price', 0, 1), // @error
    between('cancelled', 0, 1).warn(), // @error
    between('delay', '0', 1), // @error
    acceptedValues('delay', ['1']), // @error
    acceptedValues('origin', [1]), // @error
    acceptedValues('cancelled', ['true']), // @error
    acceptedValues('at', ['2001-01-01']), // @error
    acceptedValues('origin', ['JFK', 1]), // @error
  ],
});

export const summary = curated({
  name: 'summary',
  columns,
  key: ['origin'],
  checks: [
    references('origin', flights, 'delay'), // @error
    references('origin', flights, 'origin'),
  ],
  select: () => sql`select`,
});
