import { PipelineError } from '../model/errors';
import { dependencyOrder } from '../model/pipeline';
import type { Pipeline } from '../model/pipeline';
import { pipelines } from '../pipelines';
import { backfillStanding } from '../store/backfills';
import { newestEpoch, rowsSince } from '../store/costs';
import { ensureLayerTables } from '../store/layerTables';
import { closeOrphans } from '../store/orphans';
import type { PipelinePlan } from '../store/planning';
import { reshapeAfter, reshapeBefore } from '../store/reshaping';
import { startBackfill } from './backfilling';
import { followBackfill } from './following';
import { pipelineNamed } from './names';
import { EXIT } from './output/errors';
import { print } from './output/print';
import { aligned, count, duration } from './output/table';
import type { Planned } from './plan';
import { isEmpty, makePlan } from './plan';
import type { Runtime } from './runtime';
import { withRuntime } from './runtime';
import { applySchedule } from './schedules';
import type { Verb } from './weir';

/** The plan of this hash is not what would be done now: the ledger, the code or a schedule moved. */
class PlanMoved extends PipelineError {
  readonly retryable = false;
}

interface Done {
  readonly pipeline: string;
  readonly windows: number;
  readonly failed: number;
  readonly predictedMs: number | null;
  readonly ms: number;
  readonly predictedRows: number | null;
  readonly rows: number;
}

/** `weir apply HASH [P]`: exactly the plan that `weir plan` printed, or nothing where things moved since. */
export const apply: Verb = ([hash, name], options) => {
  const chosen = name === undefined ? pipelines : [pipelineNamed(name)];
  return withRuntime({ worker: 'if needed', tables: 'later' }, async (runtime) => {
    const planned = await makePlan(runtime.database, runtime.client, chosen);
    if (planned.hash !== hash) throw moved(planned, hash!, name);
    if (planned.orphans.length > 0) await closeOrphans(runtime.database, planned.orphans);
    await reshapeBefore(runtime.database, chosen);
    await ensureLayerTables(runtime.database, pipelines);
    for (const change of planned.schedules) await applySchedule(runtime.client, change);
    const done: Done[] = [];
    for (const pipeline of dependencyOrder(chosen)) {
      const one = planned.pipelines.find((plan) => plan.pipeline === pipeline.name);
      if (one?.range) done.push(await bring(runtime, pipeline, one));
    }
    const failed = done.some((one) => one.failed > 0);
    // A column that windows still show stays until all of them are of the new code.
    if (!failed) await reshapeAfter(runtime.database, chosen);
    print(options, { hash, schedules: planned.schedules.length, pipelines: done }, () => [
      failed ? 'applied in part: some windows failed, the others are published' : 'applied: all stand as defined',
      '',
      ...aligned(
        done.map((one) => ({
          pipeline: one.pipeline,
          windows: one.windows,
          failed: one.failed,
          'time predicted': one.predictedMs === null ? '' : duration(one.predictedMs),
          actual: duration(one.ms),
          'rows predicted': one.predictedRows,
          refreshed: one.rows,
        })),
        '  ',
      ),
      ...(planned.schedules.length > 0 ? [`  ${count(planned.schedules.length)} schedules changed`] : []),
      ...(failed ? ['', 'Next:  weir status'] : []),
    ]);
    return failed ? EXIT.failed : EXIT.done;
  });
};

async function bring(runtime: Runtime, pipeline: Pipeline, plan: PipelinePlan): Promise<Done> {
  const began = Date.now();
  const before = await newestEpoch(runtime.database);
  const { handle, order } = await startBackfill(runtime, pipeline, {
    ...{ range: plan.range!, which: 'owed', kind: 'backfill' },
  });
  process.stderr.write(`${handle.workflowId}\n`);
  let error: unknown;
  const outcome = await followBackfill(runtime.database, handle, order, runtime.interrupted).catch(
    (thrown: unknown) => {
      runtime.interrupted.throwIfAborted();
      error = thrown;
      return null;
    },
  );
  if (error !== undefined)
    process.stderr.write(`${handle.workflowId} failed: weir windows ${pipeline.name} --failed\n`);
  const { owed } = await backfillStanding(runtime.database, order, Number.MAX_SAFE_INTEGER - 1);
  return {
    pipeline: pipeline.name,
    windows: outcome?.done ?? 0,
    failed: outcome?.failed ?? owed,
    predictedMs: plan.cost?.ms ?? null,
    ms: Date.now() - began,
    predictedRows: plan.cost?.rows ?? null,
    rows: await rowsSince(runtime.database, pipeline.name, before),
  };
}

function moved(planned: Planned, hash: string, name?: string): PlanMoved {
  const again = name === undefined ? 'weir plan' : `weir plan ${name}`;
  return new PlanMoved(
    isEmpty(planned)
      ? `plan ${hash} is done or overtaken: there is nothing to do now`
      : `plan ${hash} is not what would be done now (${planned.hash}): the ledger, the code or a schedule moved`,
    { next: again, stillTrue: 'nothing was changed' },
  );
}
