import type { Columns, Pipeline } from '../../model';
import { cleaned, curated, date, definePipeline, everyRecord, integer, sql, text, timestamptz } from '../../model';
import type { PipelineDefinition } from '../../model/definition/pipeline';
import { postgresTable } from '../../sinks';
import { csvFiles } from '../../sources';
import type { FileOptions } from '../../sources/paths/fileOptions';

/** What stores sold by day, in files that a test writes: a file a store a day. `columns`: more than moment and amount. */
export function stores(
  options: FileOptions,
  { columns = { store: text() }, ...more }: Partial<PipelineDefinition> & { columns?: Columns } = {},
): Pipeline {
  const sales = cleaned({
    name: 'sales',
    columns: { at: timestamptz(), amount: integer(), ...columns },
    key: everyRecord(),
    eventTime: 'at',
  });
  const daily = curated({
    name: 'sales_daily',
    columns: { day: date(), store: text(), amount: integer() },
    key: ['day', 'store'],
    select: ({ window }) => sql`
      select (s.at at time zone 'utc')::date as day, s.store::text, sum(s.amount) as amount
        from ${sales} s
       where ${window.covers('s.at')}
       group by 1, 2`,
  });
  return definePipeline({
    name: 'sales',
    description: 'what stores sold',
    owners: ['sales@example.test'],
    source: csvFiles(options),
    window: '1d',
    from: '2024-05-01',
    cleaned: sales,
    curated: [daily],
    publish: [postgresTable(daily, 'marts.sales_daily')],
    ...more,
  });
}
