import { between, notNull } from '../checks';
import type { Pipeline } from '../model';
import {
  bigint,
  cleaned,
  curated,
  date,
  definePipeline,
  everyColumn,
  float,
  integer,
  sql,
  text,
  timestamptz,
} from '../model';
import type { GateCheck } from '../model/definition/check';
import { postgresTable } from '../sinks';
import { csvFiles, ndjsonFiles } from '../sources';

/** A cleaned flight, as checks see it. */
export interface Flight {
  readonly departed_at: Date;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/** How the flights are written: CSV, flat NDJSON, or NDJSON of objects in objects. */
export type Shape = 'csv' | 'flat' | 'nested';

/** The flights of the main job from a CSV file, with the same cleaned and curated tables, in one window or by day. */
export function subject(
  path: string,
  window: 'day' | 'all',
  checks: readonly GateCheck<Flight>[] = [],
  shape: Shape = 'csv',
): Pipeline {
  const at = (flat: string, ...nested: [string, ...string[]]): [string, ...string[]] =>
    shape === 'nested' ? nested : [flat];
  const flights = cleaned({
    name: 'bench_flights',
    columns: {
      departed_at: timestamptz().from('date'),
      delay: integer().from(...at('delay', 'flight', 'delay')),
      distance: integer().from(...at('distance', 'flight', 'distance')),
      origin: text().from(...at('origin', 'route', 'origin', 'code')),
      destination: text().from(...at('destination', 'route', 'destination', 'code')),
    },
    key: everyColumn(),
    eventTime: 'departed_at',
    checks: [between('delay', -1_000, 2_000).deadLetter(), notNull('origin', 'destination').deadLetter(), ...checks],
  });
  const daily = curated({
    name: 'bench_daily',
    columns: {
      day: date(),
      origin: text(),
      flights: integer(),
      total_delay: bigint(),
      total_distance: bigint(),
      mean: float(),
    },
    key: ['day', 'origin'],
    select: ({ window: at }) => sql`
      select (f.departed_at at time zone 'utc')::date as day, f.origin, count(*) as flights,
             sum(f.delay) as total_delay, sum(f.distance) as total_distance, avg(f.delay)::float as mean
        from ${flights} f
       where ${at.covers('f.departed_at')}
       group by 1, 2`,
  });
  return definePipeline({
    name: 'bench',
    description: 'flights as CSV',
    owners: ['bench@example.test'],
    source: shape === 'csv' ? csvFiles({ path }) : ndjsonFiles({ path }),
    // 7,000 days from the epoch on is a window that holds all of 2001.
    window: window === 'all' ? '7000d' : '1d',
    from: '2001-01-01T00:00:00Z',
    until: '2001-07-02T00:00:00Z',
    cleaned: flights,
    curated: [daily],
    publish: [postgresTable(daily, 'marts.bench_daily')],
  });
}
