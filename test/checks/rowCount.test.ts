import { rowCount } from '../../checks';
import { integer } from '../../model';
import { DefinitionInvalid } from '../../model/run/errors';
import { describeCheck } from '../../testing/describeCheck';

const columns = { delay: integer() };
const rows = (count: number): { delay: number }[] => Array.from({ length: count }, (_, delay) => ({ delay }));

describeCheck({
  check: rowCount({ min: 2, max: 4 }),
  name: 'row_count',
  label: 'row_count(min 2, max 4)',
  columns,
  judges: 'emptiness',
  cases: [
    { about: 'answers one row when there are too few', rows: rows(1), fails: [{ rows: '1', min: '2', max: '4' }] },
    { about: 'answers one row when there are none', rows: [], fails: [{ rows: '0', min: '2', max: '4' }] },
    { about: 'includes its least', rows: rows(2), fails: [] },
    { about: 'includes its most', rows: rows(4), fails: [] },
    { about: 'answers one row when there are too many', rows: rows(5), fails: [{ rows: '5', min: '2', max: '4' }] },
  ],
});

describeCheck({
  check: rowCount({ maxChange: 0.2 }),
  name: 'row_count',
  label: 'row_count(maxChange 0.2)',
  columns,
  cases: [
    { about: 'lets a fifth go', rows: rows(8), formerRows: 10, fails: [] },
    { about: 'lets a fifth come', rows: rows(12), formerRows: 10, fails: [] },
    { about: 'answers when more go', rows: rows(7), formerRows: 10, fails: [{ rows: '7', former: '10' }] },
    { about: 'answers when more come', rows: rows(13), formerRows: 10, fails: [{ rows: '13', former: '10' }] },
    { about: 'answers when all go', rows: [], formerRows: 10, fails: [{ rows: '0', former: '10' }] },
    { about: 'is silent for a window never published', rows: rows(3), formerRows: null, fails: [] },
    { about: 'is silent for a window published empty', rows: rows(3), formerRows: 0, fails: [] },
  ],
});

test.each([{}, { min: 2, max: 1 }, { min: -1 }, { maxChange: NaN }])('rowCount(%j) is refused', (bounds) => {
  expect(() => rowCount(bounds)).toThrow(DefinitionInvalid);
});
