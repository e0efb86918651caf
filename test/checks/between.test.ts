import { between } from '../../checks';
import { bigint, float, integer } from '../../model';
import { DefinitionInvalid } from '../../model/run/errors';
import { describeCheck } from '../../testing/describeCheck';

describeCheck({
  check: between('delay', -60, 1_440),
  name: 'between',
  label: 'between(delay, -60, 1440)',
  columns: { delay: integer() },
  cases: [
    {
      about: 'includes both its ends',
      rows: [{ delay: -61 }, { delay: -60 }, { delay: 1_440 }, { delay: 1_441 }],
      fails: [{ delay: -61 }, { delay: 1_441 }],
    },
  ],
});

describeCheck({
  check: between('distance', 0, 2 ** 53 - 1),
  name: 'between',
  label: 'between(distance, 0, 9007199254740991)',
  columns: { distance: bigint() },
  cases: [
    {
      about: 'judges a bigint to the digit',
      rows: [{ distance: '9007199254740991' }, { distance: '9007199254740992' }],
      fails: [{ distance: '9007199254740992' }],
    },
  ],
});

describeCheck({
  check: between('share', 0.1, 1e21),
  name: 'between',
  label: 'between(share, 0.1, 1e+21)',
  columns: { share: float() },
  cases: [
    {
      about: 'judges floats as floats',
      rows: [{ share: 0.1 }, { share: 0.09 }, { share: 1e21 }, { share: 1.1e21 }],
      fails: [{ share: 0.09 }, { share: 1.1e21 }],
    },
  ],
});

describeCheck({
  check: between('delay', -0.5, 0.5),
  name: 'between',
  label: 'between(delay, -0.5, 0.5)',
  columns: { delay: integer() },
  cases: [{ about: 'judges whole numbers by a fraction', rows: [{ delay: 0 }, { delay: 1 }], fails: [{ delay: 1 }] }],
});

test.each([
  [2, 1],
  [NaN, 1],
  [0, Infinity],
])('between(delay, %d, %d) is refused', (min, max) => {
  expect(() => between('delay', min, max)).toThrow(DefinitionInvalid);
});
