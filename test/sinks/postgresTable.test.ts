import { curated, sql, text } from '../../model';
import { postgresTable } from '../../sinks';

test('postgresTable is the table and the name that readers use', () => {
  const daily = curated({ name: 'daily', columns: { origin: text() }, key: ['origin'], select: () => sql`select` });
  expect(postgresTable(daily, 'marts.daily')).toEqual({ kind: 'postgresTable', table: daily, target: 'marts.daily' });
});
