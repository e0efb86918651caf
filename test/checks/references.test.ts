import { references } from '../../checks';
import { cleaned, text } from '../../model';
import { describeCheck } from '../../testing/describeCheck';

const places = cleaned({ name: 'places', columns: { iata: text().nullable() }, key: ['iata'] });

describeCheck({
  check: references('origin', places, 'iata'),
  name: 'references',
  label: 'references(origin, places.iata)',
  columns: { origin: text() },
  // A null over there must not swallow every answer, as `not in` would.
  others: [{ table: places, rows: [{ iata: 'JFK' }, { iata: 'JFK' }, { iata: null }] }],
  cases: [
    {
      about: 'answers the rows whose value is not over there',
      rows: [{ origin: 'JFK' }, { origin: 'XXX' }],
      fails: [{ origin: 'XXX' }],
    },
  ],
});
