import { notNull } from '../../checks';
import { integer, text } from '../../model';
import { describeCheck } from '../../testing/describeCheck';

describeCheck({
  check: notNull('origin', 'delay'),
  name: 'not_null',
  label: 'not_null(origin, delay)',
  columns: { origin: text().nullable(), delay: integer().nullable() },
  judges: 'null',
  cases: [
    {
      about: 'answers the rows where any of its columns is null',
      rows: [
        { origin: 'JFK', delay: 1 },
        { origin: null, delay: 2 },
        { origin: '', delay: 0 },
        { origin: null, delay: null },
      ],
      fails: [
        { origin: null, delay: 2 },
        { origin: null, delay: null },
      ],
    },
  ],
});
