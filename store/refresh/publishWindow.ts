import { createHash } from 'node:crypto';
import type { Pipeline } from '../../model/definition/pipeline';
import { readsOf } from '../../model/definition/reads';
import type { Curated, Table } from '../../model/definition/table';
import { StageLost } from '../../model/run/errors';
import type { Outcome } from '../../model/run/outcome';
import type { Window } from '../../model/time/window';
import { windowName } from '../../model/time/window';
import type { StepAttempt } from '../ledger/fence';
import { fencedStep } from '../ledger/fence';
import { windowFingerprint } from '../ledger/fingerprint';
import { endRun } from '../ledger/runs';
import type { Staged } from './staged';
import { dropStaged, recordStaged } from './staged';
import { forgetEmptied, recordTargets } from '../ledger/targets';
import { appendTouched, foldTouched } from '../ledger/touch';
import type { Database, Tx } from '../postgres/database';
import { physical } from '../postgres/identifiers';
import { stagedRows } from '../postgres/renderSql';
import { curatedHome } from '../schema/windowTable';
import { overlapsForeign } from './foreignWindows';
import type { Refreshed } from './refreshTable';
import { refuseSharedKeys } from './sharedKeys';
import { sweepInside } from './sweepInside';
import { writeDifference } from './writeDifference';

/**
 * Makes a window visible, atomically, after its gates: the differences between stage, curated and published tables, the ledger and
 * the lineage, in one transaction under the fence. Unchanged rows are not written; readers see all of the old or all of the new.
 * A window that overlaps those of another calendar stays staged instead: `dropForeign` publishes them together.
 * @see write-audit-publish, Netflix 2017
 */
export function publishWindow(
  database: Database,
  attempt: StepAttempt,
  pipeline: Pipeline,
  register: readonly Pipeline[] = [pipeline],
): Promise<Outcome> {
  return fencedStep<Outcome>(database, attempt, async (tx) => {
    const { order, epoch } = attempt.claim;
    await lockCalendar(tx, pipeline, 'shared');
    await dropStaged(tx, pipeline.name, order.window.start, stagesOf(pipeline));
    const run = { window: order.window, epoch };
    const before = await lastSeen(tx, pipeline, order.window);
    const state = (await overlapsForeign(tx, pipeline, order.window)) ? 'staged' : 'published';
    const { rows, written, changed, digest, facts } =
      state === 'staged'
        ? await stageWindow(tx, pipeline, run, order.plan.code)
        : await showWindow(tx, pipeline, run, order.plan.code);
    await endRun(tx, attempt.claim, state, null);
    // Its keys are what they were, and nobody passed it by as one that owed a run.
    const isAsBefore = written === 0 && before === seenAs(facts, windowFingerprint(order.plan.code));
    if (state === 'published' && !isAsBefore) await refuseSharedKeys(tx, register, pipeline, order.window, order.plan);
    const result = {
      pipeline: pipeline.name,
      window: windowName(order.window),
      state,
      rows,
      written,
      changed,
      digest,
    } as const;
    return { result, rowsIn: rows, rowsOut: written };
  });
}

/** What a publish did, or will do. */
interface Shown {
  readonly rows: number;
  readonly written: number;
  /** Of the rows, how many readers see changed; a row is written once for each relation that holds it. */
  readonly changed: number;
  readonly digest: string;
  /** Facts of change that its snapshots saw. */
  readonly facts: number;
}

type Code = Readonly<Record<string, string>>;

/** Where runs keep the rows that they computed, until they are published. */
export const stagesOf = (pipeline: Pipeline): string[] =>
  pipeline.curated.map((table) => physical.stage(table.tableName));

/**
 * Taken by every publish, shared, and alone by who publishes a calendar, both after the rows of the windows: while one calendar replaces
 * another no window of either is published.
 */
export async function lockCalendar(tx: Tx, pipeline: Pipeline, how: 'shared' | 'alone'): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock${how === 'shared' ? '_shared' : ''}(hashtextextended($1, 0))`, [
    `weir calendar ${pipeline.name}`,
  ]);
}

/** Leaves what a run computed in its stages, past their gates, and notes of what it is made. */
async function stageWindow(tx: Tx, pipeline: Pipeline, run: Staged, code: Code): Promise<Shown> {
  const refreshed = await refreshedTables(tx, run.epoch);
  const tables = pipeline.curated.map((table) => refreshed.get(table.tableName));
  await recordStaged(tx, pipeline.name, run, { ...seenBy(refreshed), code: windowFingerprint(code) });
  return {
    rows: tables.reduce((sum, table) => sum + (table?.rows ?? 0), 0),
    written: 0,
    changed: 0,
    digest: combinedDigest([...refreshed.values()]),
    facts: seenBy(refreshed).facts,
  };
}

/** Publishes what a run has staged of its window: rows, ledger and lineage, in the caller's transaction. */
export async function showWindow(tx: Tx, pipeline: Pipeline, run: Staged, code: Code): Promise<Shown> {
  const { window, epoch } = run;
  const refreshed = await refreshedTables(tx, epoch);
  let written = 0;
  let changed = 0;
  let rows = 0;
  for (const table of pipeline.curated) {
    const staged = refreshed.get(table.tableName);
    if (!staged)
      throw new StageLost(`${pipeline.name} ${windowName(window)}: ${table.tableName} was not refreshed by this run`);
    const stagedWindow = { window, rows: stagedRows(table, epoch), epoch };
    await forgetEmptied(tx, pipeline, table);
    written += await sweepInside(tx, pipeline, table, window);
    const writes = [await writeDifference(tx, curatedHome(table), stagedWindow)];
    for (const sink of pipeline.publish.filter((one) => one.table === table))
      writes.push(await sink.write(tx, stagedWindow));
    written += writes.reduce((sum, one) => sum + one, 0);
    changed += Math.max(...writes);
    await recordPublished(tx, run, code, table, staged, writes[0]! > 0);
    await recordTargets(tx, pipeline, table, { window, digest: staged.digest ?? '', epoch });
    await recordLineage(tx, run, code, table);
    const removed = await tx.run(`delete from ${physical.stage(table.tableName)} where _epoch = $1`, [epoch]);
    if (removed !== staged.rows) {
      throw new StageLost(
        `${pipeline.name} ${windowName(window)}: the stage of ${table.tableName} holds ${removed} rows, not the ${staged.rows} that passed its gate`,
        {
          next: `weir run ${pipeline.name} ${windowName(window)}`,
          stillTrue: 'nothing was published; readers keep the former window',
        },
      );
    }
    rows += staged.rows;
  }
  const cleaned = refreshed.get(pipeline.cleaned.tableName);
  if (cleaned) await recordPublished(tx, run, code, pipeline.cleaned, cleaned);
  if (pipeline.curated.length === 0) rows = cleaned?.rows ?? 0;
  const digest = combinedDigest([...refreshed.values()]);
  await recordWindow(tx, pipeline.name, run, { digest, rows, code: windowFingerprint(code), ...seenBy(refreshed) });
  // What it holds now was judged: former versions of its files are history.
  await tx.run(`delete from weir.superseded_windows where pipeline = $1 and window_start = $2`, [
    pipeline.name,
    window.start,
  ]);
  return { rows, written, changed, digest, facts: seenBy(refreshed).facts };
}

const seenAs = (facts: number, code: string): string => `${facts} ${code}`;

/** What the window that is published now was made from, as one text; null where none is. */
async function lastSeen(tx: Tx, pipeline: Pipeline, window: Window): Promise<string | null> {
  const [row] = await tx.query<{ facts: string; code: string | null }>(
    `select facts_seen as facts, code from weir.windows where pipeline = $1 and window_start = $2 and published_at is not null`,
    [pipeline.name, window.start],
  );
  return row ? seenAs(Number(row.facts), row.code ?? '') : null;
}

/** What the steps of a run saw: versions before counted touches, later ones facts; and the checks that they asked. */
const seenBy = (
  refreshed: ReadonlyMap<string, Refreshed>,
): { checks: string | null; facts: number; touches: number } => ({
  checks: askedOf(refreshed),
  facts: [...refreshed.values()].reduce((sum, table) => sum + (table.facts ?? 0), 0),
  touches: Math.min(...[...refreshed.values()].map((table) => table.touches)),
});

async function refreshedTables(tx: Tx, epoch: number): Promise<Map<string, Refreshed>> {
  const rows = await tx.query<{ table_name: string; result: Refreshed }>(
    `select table_name, result from weir.steps where epoch = $1 and table_name is not null order by step`,
    [epoch],
  );
  return new Map(rows.map((row) => [row.table_name, row.result]));
}

/**
 * Notes what this window of `table` is now, and touches it where that is not what it was, or not what lay there (somebody dropped or
 * damaged it, and a window may have been made from that): who reads the table has something to do.
 * Of a cleaned table the rows that its gate judged: readers see it as it is, so they are no digest, and its cleaning touched it.
 */
async function recordPublished(
  tx: Tx,
  { window, epoch }: Staged,
  code: Code,
  table: Table,
  judged: Refreshed,
  isWritten = false,
): Promise<void> {
  const [former] = await tx.query<{ digest: string }>(
    `select digest from weir.published where table_name = $1 and window_start = $2`,
    [table.tableName, window.start],
  );
  if (judged.digest !== undefined && (former?.digest !== judged.digest || isWritten))
    await appendTouched(tx, table.tableName, [window.start]);
  await foldTouched(tx, table.tableName, window.start);
  await tx.run(
    `insert into weir.published (table_name, window_start, rows, digest, code, epoch)
     values ($1, $2, $3, $4, $5, $6)
         on conflict (table_name, window_start) do update
        set rows = excluded.rows, digest = excluded.digest, code = excluded.code, epoch = excluded.epoch, published_at = clock_timestamp()`,
    [table.tableName, window.start, judged.rows, judged.digest ?? '', code[table.tableName], epoch],
  );
}

async function recordLineage(tx: Tx, { window, epoch }: Staged, code: Code, table: Curated): Promise<void> {
  const inputs = readsOf(table).map((read) => ({
    table: read.tableName,
    layer: read.layer,
    code: code[read.tableName] ?? null,
  }));
  await tx.run(
    `insert into weir.lineage (table_name, window_start, epoch, code, inputs) values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [table.tableName, window.start, epoch, code[table.tableName], JSON.stringify(inputs)],
  );
}

async function recordWindow(
  tx: Tx,
  pipeline: string,
  { window, epoch }: Staged,
  published: { digest: string; rows: number; code: string; checks: string | null; touches: number; facts: number },
): Promise<void> {
  await tx.run(
    `update weir.windows
        set state = 'published', settled = 'published', digest = $3, rows = $4, touches_seen = $5, facts_seen = $9, code = $6, checks = $7,
            published_epoch = $8, published_at = clock_timestamp()
      where pipeline = $1 and window_start = $2`,
    [
      pipeline,
      window.start,
      published.digest,
      published.rows,
      published.touches,
      published.code,
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
