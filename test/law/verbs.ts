import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { PipelineError } from '../../model/run/errors';
import { parseRange } from '../../model/time/window';
import { standings } from '../../scripts/commands/status';
import { advice, verdictOf } from '../../scripts/commands/verify';
import { liveDeliveries, reclean, recount } from '../../store/inflow/reclean';
import { moveOrigins } from '../../store/inflow/moveOrigins';
import { retireOrigins } from '../../store/inflow/retireOrigins';
import { movedAway } from '../../store/ledger/originLife';
import { closeLostRuns, openRuns } from '../../store/ledger/lostRuns';
import { forgetTargets } from '../../store/ledger/targets';
import type { Database } from '../../store/postgres/database';
import { verifyRange } from '../../store/proof/verify';
import { dropForeign } from '../../store/refresh/foreignRows';
import { foreignWindows } from '../../store/refresh/foreignWindows';
import type { PipelinePlan } from '../../store/reports/owed';
import { owedAgain, owesSomething, planPipelines } from '../../store/reports/owed';
import { addColumns, dropColumns } from '../../store/schema/addDropColumns';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { Execution } from './execution';

/** The histories' own clock: after the end of every calendar. */
const NOW = '2024-06-01T00:00:00Z';
const WHO = { by: 'ada', why: 'so it is' };

/** What `weir verify` says: its exit, how many windows are missing, what is wrong, and the command that it advises. */
export interface Verdict {
  readonly exit: number;
  readonly missing: number;
  readonly wrong: readonly string[];
  readonly advice: string | undefined;
}

/** The command line's verbs over one pipeline, without their words: the functions that they call, and the exits that they give. */
export class Verbs {
  constructor(
    private readonly database: Database,
    private readonly pipeline: Pipeline,
  ) {}

  /** What a verb answers; `refused` where it ends with an error that it tells people. */
  static async asked<T>(verb: () => Promise<T>): Promise<T | 'refused'> {
    try {
      return await verb();
    } catch (error) {
      if (error instanceof PipelineError) return 'refused';
      throw error;
    }
  }

  /** Nobody works on what is open when a person looks: Temporal has none of it. */
  private orphans = () => openRuns(this.database, [this.pipeline.name]);

  async plan(): Promise<{ plan: PipelinePlan; isEmpty: boolean }> {
    const lost = await this.orphans();
    const [plan] = await planPipelines(this.database, [this.pipeline], [this.pipeline], NOW, lost);
    return { plan: plan!, isEmpty: lost.length === 0 && !owesSomething(plan!) };
  }

  /** `weir status`: its first line. */
  async status(): Promise<'well' | 'some are missing' | 'some are running' | 'needs you'> {
    const { rows, bad } = await standings(this.database, [this.pipeline], NOW);
    if (bad) return 'needs you';
    if (rows.some(({ windows }) => windows.running > 0)) return 'some are running';
    return rows.some(({ windows }) => windows.missing > 0) ? 'some are missing' : 'well';
  }

  async verify(): Promise<Verdict> {
    const range = historyOf(this.pipeline, NOW);
    const verified = await verifyRange(this.database, [this.pipeline], this.pipeline, range, () => undefined);
    const { wrong, owed, exit } = verdictOf(verified);
    const { missing, records } = verified;
    const lines = advice(this.pipeline, range, { wrong, owed, missing, balanced: records.balanced });
    return {
      ...{ exit, missing, advice: lines.find((line) => line.includes('weir ')) },
      wrong: [
        ...wrong.map(
          (one) => `${one.table} ${one.window}: ${one.stored}, not ${one.recomputed}; ${one.differing.join('; ')}`,
        ),
        ...(records.balanced ? [] : [`not balanced: ${JSON.stringify(records)}`]),
      ],
    };
  }

  /** `weir apply`, of the plan as it is now; its exit. */
  async apply(): Promise<number> {
    const { database, pipeline } = this;
    const { plan } = await this.plan();
    const orphans = await this.orphans();
    if (orphans.length > 0) await closeLostRuns(database, orphans);
    await addColumns(database, [pipeline]);
    await ensureLayerTables(database, [pipeline]);
    if (plan.formerTargets.length > 0) await forgetTargets(database, pipeline, plan.formerTargets);
    const runs = plan.range !== null && plan.moved === null;
    const done = runs ? await new Execution(database, pipeline).backfill(plan.range, 'backfill') : { failed: 0 };
    const changes = plan.foreign.length + plan.calendar.staged.length > 0;
    if (changes) await dropForeign(database, [pipeline], pipeline, NOW);
    const foreign = changes ? (await foreignWindows(database, pipeline)).length : 0;
    if (done.failed > 0) return 1;
    await dropColumns(database, [pipeline]);
    const again = owedAgain((await this.plan()).plan);
    return again > 0 || plan.moved !== null || foreign > 0 ? 3 : 0;
  }

  /** Takes the first of the plan's choices that can be taken: the same files elsewhere, else they count no more. */
  async settleOrigins(): Promise<void> {
    const moved = await movedAway(this.database, this.pipeline);
    for (const origin of moved) {
      const to = this.pipeline.source.path!.replace('{date}', origin.slice(-14, -4));
      try {
        await moveOrigins(this.database, this.pipeline, origin, to, WHO);
      } catch {
        await retireOrigins(this.database, this.pipeline, [origin], WHO);
      }
    }
  }

  /** Does what `verify` advises, as it is printed. */
  async follow(line: string, wrong: readonly string[]): Promise<void> {
    // Where a rerun cannot reach them: rows outside the history.
    for (const [statement] of wrong.join('\n').matchAll(/delete from \S+ where _window = '[^']+'/g))
      await this.database.query(statement);
    const [, verb, range] = /weir (\w+) law(?: (\S+?))?(?:,|$| )/.exec(line) ?? [];
    if (verb === 'plan') return void (await this.apply());
    const span = parseRange(this.pipeline.window, range!);
    if (verb === 'reclean') {
      for (const delivery of await liveDeliveries(this.database, this.pipeline, { range: span }))
        await reclean(this.database, this.pipeline, delivery, WHO, () => undefined);
      await recount(this.database, this.pipeline);
    } else await new Execution(this.database, this.pipeline).backfill(span, verb === 'rerun' ? 'rerun' : 'backfill');
  }
}
