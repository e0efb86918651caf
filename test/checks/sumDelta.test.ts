import { sumDelta } from '../../checks';
import { float } from '../../model';
import { describeCheck } from '../../testing/describeCheck';

const amounts = (...all: (number | null)[]): { amount: number | null }[] => all.map((amount) => ({ amount }));

describeCheck({
  check: sumDelta({ column: 'amount', min: 4 }),
  name: 'sum_delta',
  label: 'sum_delta(amount, over 28d, min 4, spreads 5, within 20 %)',
  columns: { amount: float().nullable() },
  cases: [
    {
      about: 'finds one absurd amount',
      rows: amounts(40, 429_491, 60),
      baseline: [100, 104, 96, 100],
      fails: [{ value: 429_591, median: 100, spread: 2.9652 }],
    },
    { about: 'lets an ordinary window be', rows: amounts(40, null, 62), baseline: [100, 104, 96, 100], fails: [] },
    {
      about: 'compares with the size of a sum below zero',
      rows: amounts(-110),
      baseline: [-100, -100, -100, -100],
      fails: [],
    },
    {
      about: 'lets all be without a baseline',
      rows: amounts(429_491),
      baseline: [100],
      fails: [],
      says: 'no baseline: raw holds 1 of the 4 windows that it takes',
    },
  ],
});
