import { expression } from '../../checks';
import { cleaned, integer, sql, text } from '../../model';
import { describeCheck } from '../../testing/describeCheck';

const columns = { origin: text(), destination: text(), distance: integer().nullable() };

describeCheck({
  check: expression(sql`
    origin <> destination
    or distance = ${0} -- a round trip, as some sources have it`),
  name: 'expression',
  label: 'expression(origin <> destination or distance = 0 -- a round trip, as some sources have it)',
  columns,
  cases: [
    {
      about: 'answers the rows for which it is false; where it is null they pass, as with a CHECK constraint',
      rows: [
        { origin: 'JFK', destination: 'ATL', distance: 1 },
        { origin: 'JFK', destination: 'JFK', distance: 1 },
        { origin: 'JFK', destination: 'JFK', distance: 0 },
        { origin: 'JFK', destination: 'JFK', distance: null },
      ],
      fails: [{ origin: 'JFK', destination: 'JFK', distance: 1 }],
    },
  ],
});

const places = cleaned({ name: 'known_places', columns: { iata: text() }, key: ['iata'] });

describeCheck({
  check: expression(sql`origin is null or origin in (select iata from ${places})`, { label: 'origin is known' }),
  name: 'expression',
  label: 'expression(origin is known)',
  columns,
  others: [{ table: places, rows: [{ iata: 'JFK' }] }],
  cases: [
    {
      about: 'may read another table through a hole',
      rows: [{ origin: 'JFK' }, { origin: 'XXX' }],
      fails: [{ origin: 'XXX', destination: null, distance: null }],
    },
  ],
});

test('a label shows values where the text has holes', () => {
  expect(expression(sql`origin = ${'JFK'} and distance > ${5}`).label).toBe(
    'expression(origin = "JFK" and distance > 5)',
  );
});
