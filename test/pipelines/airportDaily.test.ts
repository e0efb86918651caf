import { Client } from 'pg';
import type { Columns } from '../../model/definition/column';
import { PG_TYPES } from '../../model/definition/column';
import { quoteIdent, render } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import { airports } from '../../pipelines/airports';
import { airportDaily, flights } from '../../pipelines/flights';

const DAY = { start: '2001-01-05T00:00:00Z', end: '2001-01-06T00:00:00Z' };

describe('airport_daily, computed by PostgreSQL', () => {
  const client = new Client({ connectionString: process.env['WEIR_TEST_DATABASE_URL'] });
  beforeAll(async () => {
    await client.connect();
    for (const table of [flights, airports]) await client.query(`create temp table ${columnsOf(table)}`);
    await client.query(`
      insert into airports values
        ('JFK', 'John F Kennedy Intl', 'New York',  'NY', 'USA', 40.6, -73.8),
        ('SCE', 'University Park',      null,       null, 'USA', 40.9, -77.8)`);
    await client.query(`
      insert into flights values
        ('2001-01-04T23:59:59.999999Z', 'JFK', 'ATL', 999, 760),  -- the day before
        ('2001-01-05T00:00Z',           'JFK', 'ATL',  15, 760),  -- 15 minutes are not late yet
        ('2001-01-05T09:00Z',           'JFK', 'ATL',  16, 760),
        ('2001-01-05T23:59:59.999999Z', 'JFK', 'BOS', -10, 187),
        ('2001-01-05T10:00Z',           'SCE', 'PHL',   0, 152),
        ('2001-01-05T10:00Z',           'XXX', 'PHL',   1, 100),
        ('2001-01-06T00:00Z',           'JFK', 'ATL', 999, 760)   -- the day after`);
  });
  afterAll(() => client.end());

  const select = render(airportDaily.select, {
    table: ({ tableName }) => tableName,
    covers: ({ column }, param) =>
      `(${column} >= ${param(DAY.start)}::timestamptz and ${column} < ${param(DAY.end)}::timestamptz)`,
    edge: (edge, param) => `${param(DAY[edge])}::timestamptz`,
  });

  test('has the columns it declares, of the types it declares', async () => {
    await client.query(`create temp table computed as ${literal(select.text, select.values)} with no data`);
    const { rows } = await client.query<{ name: string; type: string }>(`
      select attname as name, format_type(atttypid, atttypmod) as type
        from pg_attribute
       where attrelid = 'computed'::regclass
         and attnum > 0
       order by attnum`);
    expect(rows).toEqual(
      Object.entries(airportDaily.columns).map(([name, { facts }]) => ({ name, type: PG_TYPES[facts.type] })),
    );
  });

  test('counts a day from midnight to midnight; an airport unknown or without a city has none', async () => {
    const { rows } = await client.query<Record<string, unknown>>(
      `select flight_date::text, origin, city, flights, delayed, total_delay, total_distance, avg_delay
         from (${select.text}) as computed
        order by origin`,
      select.values,
    );
    expect(rows.map((row) => Object.values(row).join(' '))).toEqual([
      '2001-01-05 JFK New York 3 1 21 1707 7',
      '2001-01-05 SCE  1 0 0 152 0',
      '2001-01-05 XXX  1 0 1 100 1',
    ]);
  });
});

const columnsOf = (table: Table): string =>
  `${table.tableName} (${Object.entries(table.columns as Columns)
    .map(([name, { facts }]) => `${quoteIdent(name)} ${PG_TYPES[facts.type]}`)
    .join(', ')})`;

/** `create table as` takes no parameters. */
const literal = (text: string, values: readonly unknown[]): string =>
  text.replace(/\$(\d+)/g, (_, n: string) => `'${String(values[Number(n) - 1])}'`);
