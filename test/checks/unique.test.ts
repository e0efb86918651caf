import { unique } from '../../checks';
import { integer, text } from '../../model';
import { describeCheck } from '../../testing/describeCheck';

describeCheck({
  check: unique('origin', 'delay'),
  name: 'unique',
  label: 'unique(origin, delay)',
  columns: { origin: text(), delay: integer().nullable() },
  cases: [
    {
      about: 'answers each key that comes more than once, and how often',
      rows: [
        { origin: 'JFK', delay: 1 },
        { origin: 'JFK', delay: 2 },
        { origin: 'ATL', delay: 1 },
        { origin: 'JFK', delay: 1 },
        { origin: 'JFK', delay: 1 },
      ],
      fails: [{ origin: 'JFK', delay: 1, count: '3' }],
    },
    {
      about: 'holds a null for equal to no other',
      rows: [
        { origin: 'JFK', delay: null },
        { origin: 'JFK', delay: null },
      ],
      fails: [],
    },
  ],
});
