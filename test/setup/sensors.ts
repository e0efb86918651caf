import { between, notNull } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, date, definePipeline, float, integer, sql, text, timestamptz } from '../../model';
import type { Key } from '../../model/definition/key';
import type { PipelineDefinition } from '../../model/definition/pipeline';
import { postgresTable } from '../../sinks';
import { MemoryFiles } from '../../testing/memoryFiles';

/** A pipeline small enough to read on the page: sensor readings by day, in files that a test writes. */
export function sensors(
  options: {
    name?: string;
    key?: Key | string[];
    latestBy?: boolean;
    extraChecks?: boolean;
    most?: number;
    /** Whose days the daily table counts. */
    zone?: string;
    more?: Partial<PipelineDefinition>;
  } = {},
): {
  pipeline: Pipeline;
  files: MemoryFiles;
  readings: Pipeline['cleaned'];
  daily: Pipeline['curated'][number];
} {
  const prefix = options.name ?? 'sensors';
  const readings = cleaned({
    name: `${prefix}_readings`,
    columns: { at: timestamptz(), sensor: text(), value: integer().nullable(), revision: integer().nullable() },
    key: (options.key ?? ['at', 'sensor']) as ['at', 'sensor'],
    eventTime: 'at',
    ...(options.latestBy && { latestBy: 'revision' as const }),
    checks: [notNull('sensor').deadLetter(), between('value', -100, options.most ?? 100).deadLetter()],
  });
  const day = options.zone ? sql`(r.at at time zone ${options.zone})::date` : sql`(r.at at time zone 'utc')::date`;
  const daily = curated({
    name: `${prefix}_daily`,
    columns: { day: date(), sensor: text(), readings: integer(), total: bigint().nullable(), mean: float().nullable() },
    key: ['day', 'sensor'],
    checks: options.extraChecks === false ? [] : [between('readings', 1, 5)],
    select: ({ window }) => sql`
      select ${day} as day, r.sensor, count(*) as readings, sum(r.value) as total, avg(r.value)::float as mean
        from ${readings} r
       where ${window.covers('r.at')}
       group by 1, 2`,
  });
  const files = new MemoryFiles();
  const pipeline = definePipeline({
    name: prefix,
    description: 'sensor readings',
    owners: ['lab@example.test'],
    source: files,
    window: '1d',
    from: '2024-05-01T00:00:00Z',
    // A test's file is a few rows: one bad record among them, or none that is left, is its point.
    deadLetters: { errorAbove: '100 %' },
    allowEmpty: true,
    cleaned: readings,
    curated: [daily],
    publish: [postgresTable(daily, `marts.${prefix}_daily`)],
    ...options.more,
  });
  return { pipeline, files, readings, daily };
}

/** A CSV of readings, header included; `rows` as `day hour sensor value revision`. */
export const readingsCsv = (...rows: string[]): string =>
  [
    'at,sensor,value,revision',
    ...rows.map((row) =>
      row
        .trim()
        .split(/\s+/)
        .map((field) => (field === '-' ? '' : field))
        .join(','),
    ),
  ].join('\n') + '\n';
