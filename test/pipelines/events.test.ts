import pipeline, { events } from '../../examples/events/events';
import { windowAt } from '../../model/time/window';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';

describe('the example of nested events', () => {
  let test_: TestDatabase;
  beforeAll(async () => {
    test_ = await testDatabase([{ ...pipeline, deadLetters: { errorAbove: '50 %' } }]);
  });
  afterAll(() => test_.close());

  test('is cleaned by words that lead into objects, and its lists are opened by its select', async () => {
    const tolerant = { ...pipeline, deadLetters: { errorAbove: '50 %' } as const };
    await new ActivityRunner(test_.database, [tolerant]).run(tolerant, windowAt('1d', '2024-01-05T00:00:00Z'));
    expect(
      await test_.database.query('select country, sku, bought, spent::text from marts.item_daily order by 1, 2'),
    ).toEqual([
      { country: 'DE', sku: 'A', bought: 5, spent: '3.30' },
      { country: 'DE', sku: 'B', bought: 1, spent: '10.00' },
      { country: 'FR', sku: 'A', bought: 1, spent: '1.50' },
    ]);
    expect(await test_.database.query('select column_name, reason from weir.dead_letters')).toEqual([
      { column_name: null, reason: 'field user.geo.id is not in the contract' },
    ]);
    expect(events.columns.country.facts.from).toEqual(['user', 'geo', 'country']);
  });
});
