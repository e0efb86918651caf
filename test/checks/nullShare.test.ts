import { nullShare } from '../../checks';
import { text } from '../../model';
import { describeCheck } from '../../testing/describeCheck';

const cities = (...known: (string | null)[]): { city: string | null }[] => known.map((city) => ({ city }));

describeCheck({
  check: nullShare('city', { max: '25 %' }),
  name: 'null_share',
  label: 'null_share(city, max 25 %)',
  columns: { city: text().nullable() },
  judges: 'null',
  cases: [
    {
      about: 'finds the nulls where they are more than their share',
      rows: cities(null, 'a', null),
      fails: cities(null, null),
    },
    { about: 'lets as many be as the share allows', rows: cities(null, 'a', 'b', 'c'), fails: [] },
  ],
});

test('a share that is none is refused', () => {
  expect(() => nullShare('city', { max: '200 %' })).toThrow('null_share(city, max 200 %): "200 %" is no share');
});
