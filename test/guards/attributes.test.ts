import { SEARCH_ATTRIBUTES } from '../../scripts/services/temporal';
import { ATTRIBUTES } from '../../workflows/attributes';

test('the dev server is started with the search attributes that workflows write', () => {
  const written = Object.values(ATTRIBUTES).map(({ name, type }) => [name, type]);
  expect(Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, type.toUpperCase()])).toEqual(written);
});
