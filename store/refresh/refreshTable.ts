import { cleaningFingerprint } from '../../model/compile/compile';
import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent, Sql } from '../../model/definition/sql';
import type { Curated } from '../../model/definition/table';
import { Busy } from '../../model/run/errors';
import type { Gate } from '../../model/run/gate';
import { isWhole } from '../../model/time/window';
import type { StepAttempt } from '../ledger/fence';
import { fencedStep } from '../ledger/fence';
import { compiled } from '../ledger/fingerprint';
import { betweenStates } from '../ledger/origins';
import { factsReaching } from '../ledger/staleness';
import type { Database, Tx } from '../postgres/database';
import { columnList, physical } from '../postgres/identifiers';
import type { Scope } from '../postgres/renderSql';
import { ofDeliveries, renderFor, stagedRows } from '../postgres/renderSql';
import type { Digest } from '../proof/digest';
import { digestOf } from '../proof/digest';
import { deadLetterChecks } from './deadLetterGate';
import { fieldChecks } from '../contract/fieldChecks';
import { changingCalendar } from './foreignWindows';
import { askGate } from './gate';
import { largeDeliveries, reachedDeliveries } from './reachedDeliveries';
import { stageAsPublished } from './stageAsPublished';

/** A gate, with what the publish step must know of the stage: the facts of change its snapshot saw, rows and digest. */
export interface Refreshed extends Gate {
  /** The counter of versions before. */
  readonly touches: number;
  /** Facts of change that reached the table's window. Absent from steps recorded before there were any. */
  readonly facts?: number;
  readonly digest?: string;
  /** Of the cleaned table of a pipeline that computes nothing from it: the digest of its live rows of the window, which is the window's. */
  readonly cleanedDigest?: string;
  /** Fingerprint of the checks that were asked. Absent from steps recorded before there was one. */
  readonly asked?: string;
}

/**
 * One table of a run: a curated one is computed into its stage, a cleaned one is there already; then its checks are asked.
 * Where nothing but checks changed, the published rows are asked again and no select runs.
 * Repeatable read: the count of facts and every row come from one snapshot.
 */
export function refreshTable(
  database: Database,
  register: readonly Pipeline[],
  attempt: StepAttempt,
  pipeline: Pipeline,
  name: string,
  upstream: readonly string[],
): Promise<Refreshed> {
  const scope: Scope = {
    window: attempt.claim.order.window,
    grain: pipeline.window,
    epoch: attempt.claim.epoch,
    own: pipeline.curated,
  };
  const asked = compiled(pipeline).checks![name]!;
  return fencedStep<Refreshed>(
    database,
    { ...attempt, table: name },
    async (tx, held) => {
      await assertFullyCleaned(tx, pipeline.name, cleaningFingerprint(attempt.claim.order.plan), upstream);
      const table = pipeline.curated.find((curated) => curated.tableName === name);
      const facts = await factsReaching(tx, register, pipeline, table ?? pipeline.cleaned, scope.window);
      if (!table) {
        const { rows, target, from } = await cleanedWindow(tx, pipeline, scope);
        const besides = [...(await deadLetterChecks(tx, pipeline, scope)), ...(await fieldChecks(tx, pipeline, scope))];
        const calendar = { pipeline: pipeline.name, grain: pipeline.window };
        const judged = { table: pipeline.cleaned, target, rows, calendar, besides };
        const gate = await askGate(tx, attempt.claim.epoch, judged, scope);
        const cleaned = pipeline.curated.length === 0 && (await digestOf(tx, pipeline.cleaned.columns, from));
        return {
          result: { ...gate, touches: held.touches, facts, asked, ...(cleaned && { cleanedDigest: cleaned.digest }) },
          rowsIn: rows,
          rowsOut: rows,
        };
      }
      const changing = await changingCalendar(tx, pipeline);
      const { rows, digest } =
        (await stageAsPublished(tx, register, attempt.claim, pipeline, table)) ??
        (await stageTable(tx, table, {
          ...scope,
          deliveries: await reachedDeliveries(tx, register, pipeline, table, scope.window),
          ...(changing && { changing }),
        }));
      const target = new Sql([stagedRows(table, scope.epoch)], []);
      const gate = await askGate(tx, attempt.claim.epoch, { table, target, rows }, scope);
      return { result: { ...gate, touches: held.touches, facts, digest, asked }, rowsOut: rows };
    },
    'repeatable read',
  );
}

async function stageTable(tx: Tx, table: Curated, scope: Scope): Promise<Digest> {
  const stage = physical.stage(table.tableName);
  await tx.run(`delete from ${stage} where _epoch = $1`, [scope.epoch]);
  const select = renderFor(table.select, scope);
  await tx.run(
    `insert into ${stage} (${columnList(table)}, _epoch) select ${columnList(table)}, ${scope.epoch} from (${select.text}) computed`,
    select.values as unknown[],
  );
  return digestOf(tx, table.columns, `${stage} where _epoch = $1`, [scope.epoch]);
}

async function cleanedWindow(
  tx: Tx,
  pipeline: Pipeline,
  { window }: Scope,
): Promise<{ rows: number; target: Sql; from: string }> {
  const table = pipeline.cleaned;
  const time = quoteIdent(table.eventTime ?? '');
  const inWindow = isWhole(window)
    ? 'true'
    : `${time} >= '${window.start}' and ${time} < '${window.end}'${ofDeliveries(await largeDeliveries(tx, pipeline, window.start, window.end))}`;
  const from = `${physical.cleaned(table.tableName)} where _live and ${inWindow}`;
  const [row] = await tx.query<{ rows: string }>(`select count(*) as rows from ${from}`);
  return { rows: Number(row!.rows), from, target: new Sql([`(select ${columnList(table)} from ${from})`], []) };
}

/**
 * Throws Busy while an origin of the pipeline (or of one it reads) is between two states: cleaned in part, or in part by other code.
 * A refresh then would publish a mix; the former window stays published until the cleaning is through.
 */
async function assertFullyCleaned(tx: Tx, pipeline: string, code: string, upstream: readonly string[]): Promise<void> {
  const [first] = await betweenStates(tx, [pipeline, ...upstream], { pipeline, code }, 1);
  if (first)
    throw new Busy(
      `${first.origin} of ${first.pipeline} is being cleaned; this window waits until all of it is of one code`,
    );
}
