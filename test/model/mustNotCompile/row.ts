import { bigint, cleaned, everyColumn, integer, text, type Row } from '../../../model';

const flights = cleaned({
  name: 'flights',
  columns: { origin: text(), city: text().nullable(), delay: integer(), distance: bigint() },
  key: everyColumn(),
});
type Flight = Row<typeof flights.columns>;

export const fine: Flight = { origin: 'JFK', city: null, delay: 1, distance: 2n };

export const nullOrigin: Flight = { ...fine, origin: null }; // @error

export const numberDistance: Flight = { ...fine, distance: 2 }; // @error

export const withoutCity: Flight = { origin: 'JFK', delay: 1, distance: 2n }; // @error
