import { acceptedValues } from '../../checks';
import { boolean, date, integer, text } from '../../model';
import { DefinitionInvalid } from '../../model/run/errors';
import { describeCheck } from '../../testing/describeCheck';

describeCheck({
  check: acceptedValues('carrier', ['AA', "O'Hare", '']),
  name: 'accepted_values',
  label: `accepted_values(carrier, ["AA", "O'Hare", ""])`,
  columns: { carrier: text() },
  cases: [
    {
      about: 'answers rows with any other text, case and all',
      rows: [{ carrier: 'AA' }, { carrier: "O'Hare" }, { carrier: '' }, { carrier: 'aa' }, { carrier: 'DL' }],
      fails: [{ carrier: 'aa' }, { carrier: 'DL' }],
    },
  ],
});

describeCheck({
  check: acceptedValues('stops', [0, 1, 2]),
  name: 'accepted_values',
  label: 'accepted_values(stops, [0, 1, 2])',
  columns: { stops: integer() },
  cases: [{ about: 'answers rows with any other number', rows: [{ stops: 0 }, { stops: 3 }], fails: [{ stops: 3 }] }],
});

describeCheck({
  check: acceptedValues('cancelled', [false]),
  name: 'accepted_values',
  label: 'accepted_values(cancelled, [false])',
  columns: { cancelled: boolean() },
  cases: [
    {
      about: 'answers rows with the other truth',
      rows: [{ cancelled: false }, { cancelled: true }],
      fails: [{ cancelled: true }],
    },
  ],
});

describeCheck({
  check: acceptedValues('day', ['2001-01-01']),
  name: 'accepted_values',
  label: 'accepted_values(day, ["2001-01-01"])',
  columns: { day: date() },
  cases: [{ about: 'compares a day as a day', rows: [{ day: '2001-01-01' }], fails: [] }],
});

test('accepting nothing is refused', () => {
  expect(() => acceptedValues('carrier', [])).toThrow(DefinitionInvalid);
});
