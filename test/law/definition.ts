import { between } from '../../checks';
import type { Pipeline } from '../../model';
import { bigint, cleaned, curated, definePipeline, integer, sql, text, timestamptz } from '../../model';
import type { Listed } from '../../model/definition/source';
import type { Grain } from '../../model/time/window';
import { postgresTable } from '../../sinks';

export type Folder = 'inbox' | 'archive';
export type Sink = 'marts.daily' | 'marts.daily_copy' | 'marts.rolling';

/** What of the definition a history may change. */
export interface Definition {
  readonly folder: Folder;
  readonly grain: Grain;
  readonly from: string;
  readonly until: string;
  readonly outside: 'keep' | 'deadLetter';
  readonly sinks: readonly Sink[];
  /** The key holds the event time, or rows may move between windows. */
  readonly key: 'at, sensor' | 'sensor';
  readonly latestBy: boolean;
  /** Values above are dead letters. */
  readonly most: number;
  readonly total: 'sum' | 'max';
  /** A column more in cleaned (a note) and in curated (how many). */
  readonly notes: boolean;
  /** A gate: no sensor has more readings in a window; null: nothing is asked. */
  readonly atMost: number | null;
  readonly reach: '1d' | '2d';
}

/** Where each history begins. */
export const FIRST: Definition = {
  folder: 'inbox',
  grain: '1d',
  from: '2024-05-01T00:00:00Z',
  until: '2024-05-04T00:00:00Z',
  outside: 'keep',
  sinks: ['marts.daily'],
  key: 'at, sensor',
  latestBy: true,
  most: 9,
  total: 'sum',
  notes: false,
  atMost: null,
  reach: '1d',
};

/** The definition as a person writes it: readings cleaned, summed by window, and summed again over the days before. */
export function pipelineOf(definition: Definition, source: Listed): Pipeline {
  const { grain, from, until, outside, notes } = definition;
  const readings = cleaned({
    name: 'readings',
    columns: {
      ...{ at: timestamptz(), sensor: text(), value: integer().nullable(), revision: integer().nullable() },
      ...(notes && { note: text().nullable() }),
    },
    key: (definition.key === 'sensor' ? ['sensor'] : ['at', 'sensor']) as ['at', 'sensor'],
    eventTime: 'at',
    extraFields: 'ignore',
    ...(definition.latestBy && { latestBy: 'revision' as const }),
    checks: [between('value', -9, definition.most).deadLetter()],
  });
  const total = definition.total === 'sum' ? sql`sum(r.value)` : sql`max(r.value)::bigint`;
  const daily = curated({
    name: 'daily',
    columns: {
      ...{ start: timestamptz(), sensor: text(), readings: bigint(), total: bigint().nullable() },
      ...(notes && { notes: bigint() }),
    },
    key: ['start', 'sensor'],
    checks: definition.atMost === null ? [] : [between('readings', 1, definition.atMost)],
    select: ({ window }) => sql`
      select ${window.start} as start, r.sensor, count(*) as readings, ${total} as total ${notes ? sql`, count(r.note) as notes` : sql``}
        from ${readings} r
       where ${window.covers('r.at')}
       group by 1, 2`,
  });
  const rolling = curated({
    name: 'rolling',
    columns: { start: timestamptz(), total: bigint() },
    key: ['start'],
    select: ({ window }) => sql`
      select ${window.start} as start, coalesce(sum(d.total), 0)::bigint as total
        from ${daily} d
       where ${window.covers('d.start', { before: definition.reach })}`,
  });
  return definePipeline({
    ...{ name: 'law', description: 'readings', owners: ['lab@example.test'], source, window: grain, from, until },
    ...(outside === 'deadLetter' && { outside }),
    // A file is a few rows: one bad record among them, or none that is left, is no fault here.
    deadLetters: { errorAbove: '100 %' },
    allowEmpty: true,
    schedule: 'manual',
    cleaned: readings,
    curated: [daily, rolling],
    publish: definition.sinks.map((sink) =>
      sink === 'marts.rolling' ? postgresTable(rolling, sink) : postgresTable(daily, sink),
    ),
  });
}
