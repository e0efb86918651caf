import { curated, sql, text } from '../../model';
import { postgresTable } from '../../sinks';
import { describeSink } from '../../testing/describeSink';

describeSink('postgresTable', { make: postgresTable });

test('postgresTable is called, and keeps, what it was given', () => {
  const daily = curated({ name: 'daily', columns: { origin: text() }, key: ['origin'], select: () => sql`select` });
  expect(postgresTable(daily, 'marts.daily')).toMatchObject({ name: 'marts.daily', relation: 'marts.daily' });
});
