import { rowCountDelta } from '../../checks';
import { integer } from '../../model';
import { describeCheck } from '../../testing/describeCheck';

const rows = (count: number): { value: number }[] => Array.from({ length: count }, (_, value) => ({ value }));

describeCheck({
  check: rowCountDelta({ over: '7d', min: 4 }),
  name: 'row_count_delta',
  label: 'row_count_delta(over 7d, min 4, spreads 5, within 20 %)',
  columns: { value: integer() },
  judges: 'emptiness',
  cases: [
    {
      about: 'finds far fewer',
      rows: rows(7),
      baseline: [10, 10, 10, 10],
      fails: [{ value: 7, median: 10, spread: 0 }],
    },
    {
      about: 'finds far more',
      rows: rows(13),
      baseline: [10, 10, 10, 10],
      fails: [{ value: 13, median: 10, spread: 0 }],
    },
    { about: 'finds none at all', rows: [], baseline: [10, 10, 10, 10], fails: [{ value: 0, median: 10, spread: 0 }] },
    { about: 'lets a fifth be, however steady the others were', rows: rows(8), baseline: [10, 10, 10, 10], fails: [] },
    { about: 'takes what the others do for ordinary', rows: rows(16), baseline: [6, 8, 10, 12, 14], fails: [] },
    {
      about: 'is moved little by a bad one among them',
      rows: rows(30),
      baseline: [10, 1_000_000, 11, 9, 10],
      fails: [{ value: 30, median: 10, spread: 1.4826 }],
    },
    {
      about: 'lets all be without a baseline',
      rows: rows(30),
      baseline: [1, 1, 1],
      fails: [],
      says: 'no baseline: raw holds 3 of the 4 windows that it takes',
    },
    {
      about: 'lets all be with nothing before',
      rows: rows(30),
      fails: [],
      says: 'no baseline: raw holds 0 of the 4 windows that it takes',
    },
  ],
});

test.each([
  [{ over: '3x' }, '"3x" is not a duration'],
  [{ min: 1 }, 'two windows are the least that spread'],
  [{ spreads: 0 }, 'spreads 0 is no number above 0'],
  [{ within: '300 %' }, '"300 %" is no share'],
])('%p is refused', (options, why) => expect(() => rowCountDelta(options as never)).toThrow(why));
