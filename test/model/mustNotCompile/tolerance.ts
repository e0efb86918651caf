import { between, notNull, nullShare, rowCountDelta, sumDelta } from '../../../checks';
import { cleaned, curated, everyColumn, integer, sql, text } from '../../../model';

const columns = { origin: text(), delay: integer() };

export const flights = cleaned({
  name: 'flights',
  columns,
  key: everyColumn(),
  checks: [
    between('delay', 0, 1).above('1 %').warn().above(100),
    notNull('origin').above('1 %'),
    nullShare('origin', { max: '5 %' }),
    rowCountDelta().warn(),
    sumDelta({ column: 'delay', over: '28d' }),
    between('delay', 0, 1).above('1%'), // @error
    nullShare('origin', { max: 5 }), // @error
    between('delay', 0, 1).above('1 %').deadLetter(), // @error
    between('delay', 0, 1).deadLetter().above('1 %'), // @error
    rowCountDelta().above(1), // @error
  ],
});

export const unknown = cleaned({
  name: 'unknown',
  columns,
  key: everyColumn(),
  checks: [
    nullShare('city', { max: '5 %' }), // @error
    sumDelta({ column: 'delays' }), // @error
  ],
});

// A curated window that is held leaves no rows to compare with.
export const summary = curated({
  name: 'summary',
  columns,
  key: ['origin'],
  checks: [
    between('delay', 0, 1).above(3),
    nullShare('origin', { max: '5 %' }),
    rowCountDelta(), // @error
    sumDelta({ column: 'delay' }).warn(), // @error
  ],
  select: () => sql`select`,
});
