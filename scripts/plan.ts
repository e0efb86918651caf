import { Client } from '@temporalio/client';
import type { Pipeline } from '../model/pipeline';
import { instant } from '../model/time';
import { pipelines } from '../pipelines';
import type { Database } from '../store/database';
import type { PipelinePlan, Why } from '../store/planning';
import { asRanges, planHash, planPipelines } from '../store/planning';
import type { OpenRun } from '../store/orphans';
import { pipelineNamed } from './names';
import { orphans } from './orphans';
import { print } from './output/print';
import { bytes, count, duration } from './output/table';
import { withServices } from './ledger';
import type { ScheduleChange } from './schedules';
import { scheduleChanges } from './schedules';
import { connect } from './connecting';
import type { Verb } from './weir';

/** What the register, the ledger, the sources' raw and the schedules differ in, and what bringing them together would take. */
export interface Planned {
  readonly hash: string;
  readonly pipelines: readonly PipelinePlan[];
  readonly schedules: readonly ScheduleChange[];
  /** Runs that nobody works on any more. */
  readonly orphans: readonly OpenRun[];
}

/** `weir plan [P]`: what is owed and why, what it will cost, and the hash by which `weir apply` does exactly that. Changes nothing. */
export const plan: Verb = ([name], options) => {
  const chosen = name === undefined ? pipelines : [pipelineNamed(name)];
  return withServices(['postgres', 'temporal'], async (database, services) => {
    const connection = await connect(services);
    try {
      const planned = await makePlan(
        database,
        new Client({ connection, namespace: services.temporal.namespace }),
        chosen,
      );
      print(options, planned, () => lines(planned, chosen, name));
    } finally {
      await connection.close();
    }
  });
};

export async function makePlan(database: Database, client: Client, chosen: readonly Pipeline[]): Promise<Planned> {
  const names = chosen.map((pipeline) => pipeline.name);
  const lost = await orphans(database, client, names);
  const plans = await planPipelines(database, pipelines, chosen, instant(Date.now()), lost);
  const all = await scheduleChanges(client, pipelines);
  // A schedule without a pipeline belongs to the plan of everything.
  const schedules = all.filter(({ pipeline }) => names.includes(pipeline) || chosen === pipelines);
  return { hash: planHash(plans, pipelines, [schedules, lost]), pipelines: plans, schedules, orphans: lost };
}

/** True when applying it would do nothing. */
export const isEmpty = ({ pipelines: plans, schedules, orphans: lost }: Planned): boolean =>
  schedules.length === 0 && lost.length === 0 && plans.every((one) => one.range === null && one.reshapes.length === 0);

const MEANING: Readonly<Record<Why, string>> = {
  missing: 'never published',
  lost: 'running, and nobody works on it',
  failed: 'failed',
  held: 'held by a gate',
  touched: 'data changed since',
  code: 'code changed since',
};

function lines(planned: Planned, chosen: readonly Pipeline[], name?: string): string[] {
  if (isEmpty(planned))
    return [`nothing to do: ${chosen.map((pipeline) => pipeline.name).join(', ')} stand as defined`];
  return [
    ...planned.pipelines.flatMap((one, i) => pipelineLines(one, chosen[i]!)),
    ...planned.orphans.map(
      ({ workflowId }) => `run ${workflowId}: open in the ledger, gone from Temporal; it will be closed as orphaned`,
    ),
    ...planned.schedules.map(({ change, id, says }) => `schedule ${id}: ${change}, ${says}`),
    '',
    `Next:  weir apply ${planned.hash}${name === undefined ? '' : ` ${name}`}`,
  ];
}

function pipelineLines(one: PipelinePlan, pipeline: Pipeline): string[] {
  if (one.range === null && one.reshapes.length === 0) return [`${one.pipeline}: nothing to do`];
  const owed = Object.entries(one.windows) as [Why, string[]][];
  return [
    `${one.pipeline}: ${count(owed.reduce((sum, [, names]) => sum + names.length, 0))} windows to run`,
    ...owed
      .filter(([, names]) => names.length > 0)
      .map(([why, names]) => `  ${count(names.length)} ${MEANING[why]}: ${asRanges(pipeline, names)}`),
    ...one.changes.flatMap(({ table, what }) => what.map((word) => `  ${table}: ${word}`)),
    ...one.reshapes.map(
      ({ relation, column, change, type }) => `  ${relation.replaceAll('"', '')}: ${change} column ${column} ${type}`,
    ),
    ...(one.clean.segments > 0
      ? [
          `  to clean: ${count(one.clean.records)} records in ${count(one.clean.segments)} segments, ${bytes(one.clean.bytes)}`,
        ]
      : []),
    ...(one.downstream.length > 0 ? [`  read by: ${one.downstream.join(', ')}`] : []),
    one.cost === null
      ? '  cost: not known, it never ran'
      : `  cost: about ${duration(one.cost.ms)}, ${count(one.cost.rows)} rows, by its last runs`,
  ];
}
