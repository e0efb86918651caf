import { createHash } from 'node:crypto';
import type { Pipeline } from '../../model/definition/pipeline';
import { readsOf } from '../../model/definition/reads';
import type { Curated, Table } from '../../model/definition/table';
import { StageLost } from '../../model/run/errors';
import type { Outcome } from '../../model/run/outcome';
import { windowName } from '../../model/time/window';
import type { StepAttempt } from '../ledger/fence';
import { fencedStep } from '../ledger/fence';
import { windowFingerprint } from '../ledger/fingerprint';
import { endRun } from '../ledger/runs';
import { recordTargets } from '../ledger/targets';
import { appendTouched, foldTouched } from '../ledger/touch';
import type { Database, Tx } from '../postgres/database';
import { physical } from '../postgres/identifiers';
import { stagedRows } from '../postgres/renderSql';
import { curatedHome } from '../schema/windowTable';
import { replaceForeign } from './foreignRows';
import type { Refreshed } from './refreshTable';
import { refuseSharedKeys } from './sharedKeys';
import { writeDifference } from './writeDifference';

/**
 * Makes a window visible, atomically, after its gates: the differences between stage, curated and published tables, the ledger and
 * the lineage, in one transaction under the fence. Unchanged rows are not written; readers see all of the old or all of the new.
 * @see write-audit-publish, Netflix 2017
 */
export function publishWindow(
  database: Database,
  attempt: StepAttempt,
  pipeline: Pipeline,
  register: readonly Pipeline[] = [pipeline],
): Promise<Outcome> {
  return fencedStep(database, attempt, async (tx) => {
    const { order, epoch } = attempt.claim;
    const refreshed = await refreshedTables(tx, epoch);
    let written = 0;
    let rows = 0;
    for (const table of pipeline.curated) {
      const staged = refreshed.get(table.tableName);
      if (!staged)
        throw new StageLost(
          `${pipeline.name} ${windowName(order.window)}: ${table.tableName} was not refreshed by this run`,
        );
      const stagedWindow = { window: order.window, rows: stagedRows(table, epoch), epoch };
      written += await replaceForeign(tx, pipeline, table, order.window);
      written += await writeDifference(tx, curatedHome(table), stagedWindow);
      for (const sink of pipeline.publish.filter((one) => one.table === table))
        written += await sink.write(tx, stagedWindow);
      await recordPublished(tx, attempt, table, staged);
      await recordTargets(tx, pipeline, table, { window: order.window, digest: staged.digest ?? '', epoch });
      await recordLineage(tx, attempt, table);
      const removed = await tx.run(`delete from ${physical.stage(table.tableName)} where _epoch = $1`, [epoch]);
      if (removed !== staged.rows) {
        throw new StageLost(
          `${pipeline.name} ${windowName(order.window)}: the stage of ${table.tableName} holds ${removed} rows, not the ${staged.rows} that passed its gate`,
          {
            next: `weir run ${pipeline.name} ${windowName(order.window)}`,
            stillTrue: 'nothing was published; readers keep the former window',
          },
        );
      }
      rows += staged.rows;
    }
    const cleaned = refreshed.get(pipeline.cleaned.tableName);
    if (cleaned) await recordPublished(tx, attempt, pipeline.cleaned, cleaned);
    if (pipeline.curated.length === 0) rows = cleaned?.rows ?? 0;
    const digest = combinedDigest([...refreshed.values()]);
    await recordWindow(tx, attempt, {
      digest,
      rows,
      checks: askedOf(refreshed),
      facts: [...refreshed.values()].reduce((sum, table) => sum + (table.facts ?? 0), 0),
      touches: Math.min(...[...refreshed.values()].map((table) => table.touches)),
    });
    // What it holds now was judged: former versions of its files are history.
    await tx.run(`delete from weir.superseded_windows where pipeline = $1 and window_start = $2`, [
      pipeline.name,
      order.window.start,
    ]);
    await endRun(tx, attempt.claim, 'published', null);
    await refuseSharedKeys(tx, register, pipeline, attempt.claim);
    const result: Outcome = {
      pipeline: pipeline.name,
      window: windowName(order.window),
      state: 'published',
      rows,
      written,
      digest,
    };
    return { result, rowsIn: rows, rowsOut: written };
  });
}

async function refreshedTables(tx: Tx, epoch: number): Promise<Map<string, Refreshed>> {
  const rows = await tx.query<{ table_name: string; result: Refreshed }>(
    `select table_name, result from weir.steps where epoch = $1 and table_name is not null order by step`,
    [epoch],
  );
  return new Map(rows.map((row) => [row.table_name, row.result]));
}

/**
 * Notes what this window of `table` is now, and touches it where that is not what it was: who reads the table has something to do.
 * Of a cleaned table the rows that its gate judged: readers see it as it is, so they are no digest, and its cleaning touched it.
 */
async function recordPublished(tx: Tx, attempt: StepAttempt, table: Table, judged: Refreshed): Promise<void> {
  const { order, epoch } = attempt.claim;
  const [former] = await tx.query<{ digest: string }>(
    `select digest from weir.published where table_name = $1 and window_start = $2`,
    [table.tableName, order.window.start],
  );
  if (judged.digest !== undefined && former?.digest !== judged.digest)
    await appendTouched(tx, table.tableName, [order.window.start]);
  await foldTouched(tx, table.tableName, order.window.start);
  await tx.run(
    `insert into weir.published (table_name, window_start, rows, digest, code, epoch)
     values ($1, $2, $3, $4, $5, $6)
         on conflict (table_name, window_start) do update
        set rows = excluded.rows, digest = excluded.digest, code = excluded.code, epoch = excluded.epoch, published_at = clock_timestamp()`,
    [table.tableName, order.window.start, judged.rows, judged.digest ?? '', order.plan.code[table.tableName], epoch],
  );
}

async function recordLineage(tx: Tx, attempt: StepAttempt, table: Curated): Promise<void> {
  const { order, epoch } = attempt.claim;
  const inputs = readsOf(table).map((read) => ({
    table: read.tableName,
    layer: read.layer,
    code: order.plan.code[read.tableName] ?? null,
  }));
  await tx.run(
    `insert into weir.lineage (table_name, window_start, epoch, code, inputs) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [table.tableName, order.window.start, epoch, order.plan.code[table.tableName], JSON.stringify(inputs)],
  );
}

async function recordWindow(
  tx: Tx,
  attempt: StepAttempt,
  published: { digest: string; rows: number; checks: string | null; touches: number; facts: number },
): Promise<void> {
  const { order, epoch } = attempt.claim;
  await tx.run(
    `update weir.windows
        set state = 'published', settled = 'published', digest = $3, rows = $4, touches_seen = $5, facts_seen = $9, code = $6, checks = $7,
            published_epoch = $8, published_at = clock_timestamp()
      where pipeline = $1 and window_start = $2`,
    [
      order.plan.pipeline,
      order.window.start,
      published.digest,
      published.rows,
      published.touches,
      windowFingerprint(order.plan.code),
      published.checks,
      epoch,
      published.facts,
    ],
  );
}

// What the gates really asked, by whichever worker: a mixture is the checks of nobody, and the window is asked again. Null: a step of before there was a fingerprint.
function askedOf(refreshed: ReadonlyMap<string, Refreshed>): string | null {
  const asked = [...refreshed].map(([table, gate]) => [table, gate.asked] as const);
  return asked.every(([, checks]) => checks !== undefined)
    ? windowFingerprint(Object.fromEntries(asked) as Record<string, string>)
    : null;
}

function combinedDigest(tables: readonly Refreshed[]): string {
  const curated = tables.flatMap((table) => (table.digest ? [table.digest] : []));
  // Nothing is computed: the window is its cleaned rows.
  const digests = curated.length > 0 ? curated : tables.flatMap((table) => table.cleanedDigest ?? []);
  if (digests.length === 1) return digests[0]!;
  return createHash('sha256').update(digests.join(' ')).digest('hex').slice(0, 32);
}
