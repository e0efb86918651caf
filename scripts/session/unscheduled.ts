import { Client } from '@temporalio/client';
import { connect } from '../../client/connect';
import { scheduledPipelines } from '../../client/schedules';
import { timingOf } from '../../model/compile/due';
import type { Freshness, Progress } from '../../model/compile/freshness';
import type { Pipeline } from '../../model/definition/pipeline';
import { Unavailable } from '../../model/run/errors';
import type { Services } from '../services/services';

/** How one pipeline stands, as far as it says whether something runs it. */
export interface Waiting {
  readonly pipeline: Pipeline;
  readonly progress: Progress;
  readonly fresh: Freshness;
}

/** The pipelines that should run by themselves, owe windows, and have no schedule in Temporal; or why that is not known. */
export type Unscheduled = { readonly pipelines: readonly string[] } | { readonly unknown: string };

/** Asks Temporal only where something that a schedule should have run is missing: most looks need the ledger alone. */
export async function unscheduledOf({ temporal }: Services, waiting: readonly Waiting[]): Promise<Unscheduled> {
  const asked = waiting.filter(owesByItself).map(({ pipeline }) => pipeline.name);
  if (asked.length === 0) return { pipelines: [] };
  const unknown = (why: string): Unscheduled => ({
    unknown: `${why}: whether ${asked.length === 1 ? 'a schedule runs' : 'schedules run'} ${asked.join(', ')} is not known`,
  });
  if (temporal.address === '') return unknown('Temporal is not running here');
  try {
    const connection = await connect({
      ...temporal,
      connectionOptions: { ...temporal.connectionOptions, connectTimeout: '2s' },
    });
    try {
      const client = new Client({ connection, namespace: temporal.namespace });
      const there = await client.withDeadline(Date.now() + 5_000, () => scheduledPipelines(client));
      return { pipelines: asked.filter((name) => !there.has(name)) };
    } finally {
      await connection.close();
    }
  } catch (error) {
    return unknown(error instanceof Unavailable ? error.message : `Temporal says ${(error as Error).message}`);
  }
}

// A window is due that is not published; a table of one window that never was, or whose promise is broken.
function owesByItself({ pipeline, progress, fresh }: Waiting): boolean {
  if (timingOf(pipeline) === null) return false;
  if (pipeline.window === 'whole') return progress.newest === null || fresh.verdict === 'broken';
  return fresh.dueBehind;
}
