import type { Client } from '@temporalio/client';
import type { Pipeline } from '../model/definition/pipeline';
import { instant } from '../model/time/time';
import type { OpenRun } from '../store/ledger/lostRuns';
import type { RemovedTarget } from '../store/ledger/targets';
import { removedTargets } from '../store/ledger/targets';
import type { Database } from '../store/postgres/database';
import type { PipelinePlan } from '../store/reports/owed';
import { owesSomething, planHash, planPipelines } from '../store/reports/owed';
import { lostRuns } from './lostRuns';
import type { ScheduleChange } from './schedules';
import { scheduleChanges } from './schedules';

/** What the register, the ledger, the sources' raw and the schedules differ in, and what bringing them together would take. */
export interface Plan {
  readonly hash: string;
  readonly pipelines: readonly PipelinePlan[];
  readonly schedules: readonly ScheduleChange[];
  /** Relations that pipelines which no register names any more published to; of the plan of everything alone. */
  readonly removed: readonly RemovedTarget[];
  /** Runs that nobody works on any more. */
  readonly orphans: readonly OpenRun[];
}

/** Compares the definitions, the ledger, Temporal's schedules and its runs. Changes nothing; a plan of all pipelines when `chosen` is the register. */
export async function makePlan(
  database: Database,
  client: Client,
  register: readonly Pipeline[],
  chosen: readonly Pipeline[],
): Promise<Plan> {
  const names = chosen.map((pipeline) => pipeline.name);
  const lost = await lostRuns(database, client, names);
  const plans = await planPipelines(database, register, chosen, instant(Date.now()), lost);
  const all = await scheduleChanges(client, register);
  // A schedule without a pipeline belongs to the plan of everything.
  const schedules = all.filter(({ pipeline }) => names.includes(pipeline) || chosen === register);
  const removed = chosen === register ? await removedTargets(database, register) : [];
  const hash = planHash(plans, register, [schedules, lost, ...(removed.length > 0 ? [removed] : [])]);
  return { hash, pipelines: plans, schedules, removed, orphans: lost };
}

/** True when applying it would do nothing. */
export const isEmpty = ({ pipelines: plans, schedules, removed, orphans: lost }: Plan): boolean =>
  schedules.length + removed.length + lost.length === 0 && !plans.some(owesSomething);
