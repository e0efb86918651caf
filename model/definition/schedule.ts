import type { Duration } from '../time/time';
import type { TimesOfDay } from '../time/timesOfDay';

/** When a pipeline runs by itself. */
export interface Schedule {
  /** How long after the end of a window its run begins; 15 minutes where nothing is said. */
  readonly after?: Duration;
  /** When a pipeline of one window (`whole`) runs, as cron says it (five fields, or `@daily`); in `zone`, else UTC. */
  readonly cron?: string;
  readonly zone?: string;
  /** Where an outage left several windows due at once: `oldest` runs them in order, `newest` the latest first. */
  readonly first?: 'oldest' | 'newest';
}

/**
 * What Temporal is told, always in UTC: every so often from the Unix epoch on, or at times of day. Those are all at which something may be due, at any
 * offset of the zone; `due` knows whether it is, so that no local time is skipped or doubled where clocks change.
 */
export type Timing =
  | { readonly everyMs: number; readonly offsetMs: number }
  | { readonly utc: readonly TimesOfDay[]; readonly says: string };
