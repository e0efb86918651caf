import type { Duration } from '../time/time';

/** When a pipeline runs by itself. */
export interface Schedule {
  /** How long after the end of a window its run begins; 15 minutes where nothing is said. */
  readonly after?: Duration;
  /** When a pipeline of one window (`whole`) runs, as cron says it; in `zone`, else UTC. */
  readonly cron?: string;
  readonly zone?: string;
}

/** What Temporal is told: every so often from the Unix epoch on, at a local time of day, or as cron says. */
export type Timing =
  | { readonly everyMs: number; readonly offsetMs: number }
  | { readonly zone: string; readonly hour: number; readonly minute: number }
  | { readonly zone: string; readonly cron: string };
