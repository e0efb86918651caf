import { Client } from '@temporalio/client';
import { connect } from '../../client/connect';
import type { Paused } from '../../client/schedules';
import { isAsDefined, pausedWords, schedulesThere, unpause } from '../../client/schedules';
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

/** Of the pipelines that should run by themselves and owe windows, those whose schedule is not there, paused, or not as defined; or why that is not known. */
export type Unscheduled =
  | {
      readonly pipelines: readonly string[];
      readonly paused: ReadonlyMap<string, Paused>;
      readonly differing: readonly string[];
    }
  | { readonly unknown: string };

/** True when nothing runs what is due: no schedule, or a paused one; null where that is not known. */
export const isUnscheduled = (pipeline: string, unscheduled: Unscheduled): boolean | null =>
  'unknown' in unscheduled ? null : unscheduled.pipelines.includes(pipeline) || unscheduled.paused.has(pipeline);

/** What no schedule runs, or that it is not known. */
export const unscheduledLines = (unscheduled: Unscheduled): string[] =>
  'unknown' in unscheduled
    ? [unscheduled.unknown]
    : [
        ...unscheduled.pipelines.map(
          (name) =>
            `${name}: windows are due, and no schedule runs it:  weir plan ${name}, then weir apply HASH ${name}`,
        ),
        ...[...unscheduled.paused].map(
          ([name, paused]) => `${name}: windows are due, and its schedule ${pausedWords(paused)}:  ${unpause(name)}`,
        ),
        ...unscheduled.differing.map(
          (name) =>
            `${name}: windows are due, and its schedule is not as defined:  weir plan ${name}, then weir apply HASH ${name}`,
        ),
      ];

/** Asks Temporal only where something that a schedule should have run is missing: most looks need the ledger alone. */
export async function unscheduledOf({ temporal }: Services, waiting: readonly Waiting[]): Promise<Unscheduled> {
  const owing = waiting.filter(owesByItself).map(({ pipeline }) => pipeline);
  const asked = owing.map(({ name }) => name);
  if (asked.length === 0) return { pipelines: [], paused: new Map(), differing: [] };
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
      const there = await client.withDeadline(Date.now() + 5_000, () => schedulesThere(client, asked));
      return {
        pipelines: asked.filter((name) => !there.has(name)),
        paused: new Map([...there].flatMap(([name, { paused }]) => (paused ? [[name, paused] as const] : []))),
        differing: owing
          .filter((pipeline) => there.has(pipeline.name) && !isAsDefined(pipeline, there.get(pipeline.name)!))
          .map(({ name }) => name),
      };
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
