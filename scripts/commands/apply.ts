import type { Plan } from '../../client/plan';
import { isEmpty, makePlan } from '../../client/plan';
import { applySchedule } from '../../client/schedules';
import { startBackfill } from '../../client/startBackfill';
import { dependencyOrder } from '../../model/compile/dependencies';
import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import { PlanMoved } from '../../model/run/errors';
import { instant } from '../../model/time/time';
import { rangeName } from '../../model/time/window';
import { backfillCounts, onlyHeld } from '../../store/ledger/backfills';
import { latestRun } from '../../store/ledger/gaps';
import { closeLostRuns } from '../../store/ledger/lostRuns';
import { forgetRemoved, forgetTargets } from '../../store/ledger/targets';
import { dropForeign } from '../../store/refresh/foreignRows';
import type { ForeignWindow } from '../../store/refresh/foreignWindows';
import { rowsSince } from '../../store/reports/costs';
import type { PipelinePlan } from '../../store/reports/owed';
import { owedAgain, planPipelines } from '../../store/reports/owed';
import { dropColumns, addColumns } from '../../store/schema/addDropColumns';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { pipelineNamed } from '../session/project';
import type { Runtime } from '../session/runtime';
import { withRuntime } from '../session/runtime';
import { EXIT, failedWindows } from '../terminal/errors';
import { followBackfill } from '../terminal/followBackfill';
import { print } from '../terminal/print';
import { stagedLines } from '../terminal/stagedWindows';
import { aligned, duration, spread } from '../terminal/table';
import type { Verb } from '../verb';

interface Done {
  readonly pipeline: string;
  readonly windows: number;
  readonly failed: number;
  /** True when gates closed on all that failed. */
  readonly held: boolean;
  readonly predictedMs: number | null;
  /** The least and the most of what was predicted. */
  readonly predictedRange: readonly [number, number] | null;
  readonly ms: number;
  readonly predictedRows: number | null;
  readonly rows: number;
}

/** `weir apply HASH [P]`: exactly the plan that `weir plan` printed, or nothing where things moved since. */
export const apply: Verb = ([hash, name], options, project) => {
  const chosen = name === undefined ? project.pipelines : [pipelineNamed(project, name)];
  return withRuntime(project, { worker: 'if needed', tables: 'later' }, async (runtime) => {
    const planned = await makePlan(runtime.database, runtime.client, project.pipelines, chosen);
    if (planned.hash !== hash) throw moved(planned, hash!, name);
    if (planned.orphans.length > 0) await closeLostRuns(runtime.database, planned.orphans);
    await addColumns(runtime.database, chosen);
    await ensureLayerTables(runtime.database, project.pipelines);
    for (const change of planned.schedules) await applySchedule(runtime.client, change);
    const done: Done[] = [];
    const forgotten: string[] = [];
    const foreign: string[] = [];
    const replaced: { pipeline: string; windows: number }[] = [];
    for (const pipeline of chosen) {
      const former = planned.pipelines.find((plan) => plan.pipeline === pipeline.name)?.formerTargets ?? [];
      if (former.length > 0) await forgetTargets(runtime.database, pipeline, former);
      forgotten.push(...former);
    }
    if (planned.removed.length > 0) await forgetRemoved(runtime.database, planned.removed);
    forgotten.push(...planned.removed.map(({ relation }) => relation));
    for (const pipeline of dependencyOrder(chosen)) {
      const one = planned.pipelines.find((plan) => plan.pipeline === pipeline.name);
      // Its runs would end with OriginsMoved.
      if (one?.range && !one.moved) done.push(await applyPipeline(runtime, pipeline, one));
      if (one && one.foreign.length + one.calendar.staged.length > 0) {
        const gone = await dropForeign(runtime.database, project.pipelines, pipeline, instant(Date.now()));
        if (gone.length > 0) replaced.push({ pipeline: pipeline.name, windows: windowsIn(gone) });
        foreign.push(...(await stagedLines(runtime.database, project.pipelines, pipeline)));
      }
    }
    const failed = done.some((one) => one.failed > 0);
    // A column that windows still show stays until all of them are of the new code.
    if (!failed) await dropColumns(runtime.database, chosen);
    const after = await planPipelines(runtime.database, project.pipelines, chosen, instant(Date.now()));
    const stale = after
      .map((one) => ({ pipeline: one.pipeline, stale: owedAgain(one) }))
      .filter((one) => one.stale > 0);
    const waiting = planned.pipelines.filter((one) => one.moved !== null);
    const left = stale.length + waiting.length + foreign.length;
    print(options, { hash, schedules: planned.schedules.length, pipelines: done, forgotten, replaced }, () => [
      failed
        ? foreign.length > 0
          ? 'applied in part: some windows failed or were held, and readers see the former calendar'
          : 'applied in part: some windows failed or were held, the others are published'
        : waiting.length > 0
          ? 'applied in part: what a source does not name any more waits for your word'
          : foreign.length > 0
            ? 'applied in part: readers see the former calendar'
            : stale.length > 0
              ? 'applied in part: some windows are owed a run again'
              : 'applied: all stand as defined',
      '',
      ...aligned(
        done.map((one) => ({
          pipeline: one.pipeline,
          windows: one.windows,
          failed: one.failed,
          'time predicted': one.predictedRange === null ? '' : spread(...one.predictedRange),
          actual: duration(one.ms),
          'rows predicted': one.predictedRows,
          refreshed: one.rows,
        })),
        '  ',
      ),
      ...(planned.schedules.length > 0 ? [`  ${counted(planned.schedules.length, 'schedule')} changed`] : []),
      ...replaced.map(
        (one) =>
          `  ${one.pipeline}: readers see its calendar; ${counted(one.windows, 'window')} of the former ${one.windows === 1 ? 'is' : 'are'} gone`,
      ),
      ...forgotten.map(
        (relation) => `  ${relation} is forgotten: its rows stay as they are, and nobody brings them up to date`,
      ),
      ...stale.map(
        (one) =>
          `  ${one.pipeline}: ${counted(one.stale, 'window is', 'windows are')} owed a run again: what ${one.stale === 1 ? 'it reads' : 'they read'} changed meanwhile`,
      ),
      ...waiting.map(
        (one) => `  ${one.pipeline}: ${one.moved!.origins[0]} is not named any more: weir plan ${one.pipeline}`,
      ),
      ...foreign.map((line) => `  ${line}`),
      ...(failed || left > 0 ? ['', failed ? 'Next:  weir status' : 'Next:  weir plan'] : []),
    ]);
    if (failed) return done.every((one) => one.failed === 0 || one.held) ? EXIT.held : EXIT.failed;
    return left > 0 ? EXIT.held : EXIT.done;
  });
};

const windowsIn = (foreign: readonly ForeignWindow[]): number =>
  new Set(foreign.map(({ window }) => rangeName(window))).size;

async function applyPipeline(runtime: Runtime, pipeline: Pipeline, plan: PipelinePlan): Promise<Done> {
  const began = Date.now();
  const before = await latestRun(runtime.database);
  const { handle, order } = await startBackfill(runtime.client, pipeline, {
    range: plan.range!,
    which: 'owed',
    kind: 'backfill',
  });
  process.stderr.write(`${handle.workflowId}\n`);
  let error: unknown;
  const outcome = await followBackfill(runtime, pipeline, handle, order).catch((thrown: unknown) => {
    runtime.interrupted.throwIfAborted();
    error = thrown;
    return null;
  });
  if (error !== undefined)
    process.stderr.write(`${handle.workflowId} failed: weir windows ${pipeline.name} --failed\n`);
  const { owed } = await backfillCounts(
    runtime.database,
    { register: runtime.register, pipeline },
    order,
    Number.MAX_SAFE_INTEGER - 1,
  );
  return {
    pipeline: pipeline.name,
    windows: outcome?.done ?? 0,
    failed: outcome?.failed ?? owed,
    held: await onlyHeld(runtime.database, handle.workflowId, failedWindows(error)),
    predictedMs: plan.cost?.ms ?? null,
    predictedRange: plan.cost && [plan.cost.fromMs, plan.cost.toMs],
    ms: Date.now() - began,
    predictedRows: plan.cost?.rows ?? null,
    rows: await rowsSince(runtime.database, pipeline.name, before),
  };
}

function moved(planned: Plan, hash: string, name?: string): PlanMoved {
  const again = name === undefined ? 'weir plan' : `weir plan ${name}`;
  return new PlanMoved(
    isEmpty(planned)
      ? `plan ${hash} is done or overtaken: there is nothing to do now`
      : `plan ${hash} is not what would be done now (${planned.hash}): the ledger, the code or a schedule moved`,
    { next: again, stillTrue: 'nothing was changed' },
  );
}
