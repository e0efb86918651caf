import { between, expression, notNull, references, rowCount, unique } from '../../../checks';
import { cleaned, curated, everyColumn, integer, sql, text } from '../../../model';

const columns = { origin: text(), delay: integer() };
const places = cleaned({ name: 'places', columns, key: everyColumn() });

export const flights = cleaned({
  name: 'flights',
  columns,
  key: everyColumn(),
  checks: [
    notNull('origin').deadLetter(),
    unique('origin').deadLetter(), // @error
    rowCount({ min: 1 }).deadLetter(), // @error
    references('origin', places, 'origin').deadLetter(), // @error
    expression(sql`delay > 0`).deadLetter(), // @error
    between('delay', 0, 1).deadLetter().deadLetter(), // @error
  ],
});

// A curated row is no record of a source: there is nothing to set aside.
export const summary = curated({
  name: 'summary',
  columns,
  key: ['origin'],
  checks: [
    between('delay', 0, 1).deadLetter(), // @error
    notNull('origin').deadLetter(), // @error
    notNull('origin').deadLetter().warn(),
  ],
  select: () => sql`select`,
});
