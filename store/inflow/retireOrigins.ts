import { cleaningFingerprint } from '../../model/compile/compile';
import { keyColumns } from '../../model/definition/key';
import type { Pipeline } from '../../model/definition/pipeline';
import { Busy } from '../../model/run/errors';
import { keepCounts, settleCounts } from '../standing/counts';
import { compiled } from '../ledger/fingerprint';
import type { Decision } from '../ledger/originLife';
import { originLock } from '../ledger/origins';
import { appendTouched, lockCleaning } from '../ledger/touch';
import type { Database, Tx } from '../postgres/database';
import { addColumns } from '../schema/addDropColumns';
import { dropSuperseded } from './batches';
import { forgetFormer, formerSums } from './changes';
import { isMoving, nothingOf, startsOf, windowsAt } from './markWinners';
import { markKeys, rememberKeys, supersededRows } from './movingKeys';
import { markWindows, sharedWindows } from './winners';

/**
 * Takes the rows and dead letters of these origins away, by a decision that is kept; raw keeps their bytes, and what read them is touched.
 * One transaction under the origins' locks; one that is retired already stays as it is. Returns those that this call retired.
 */
export async function retireOrigins(
  database: Database,
  pipeline: Pipeline,
  origins: readonly string[],
  decision: Decision,
): Promise<string[]> {
  // A decision may come before `apply` has added what the definition declares anew.
  await addColumns(database, [pipeline]);
  return database.tx(async (tx) => {
    await lockOrigins(tx, pipeline.name, origins);
    return retireLocked(tx, pipeline, origins, decision);
  });
}

/** Takes the locks under which origins are landed and cleaned, in one order. @throws Busy where a run has one. */
export async function lockOrigins(tx: Tx, pipeline: string, origins: readonly string[]): Promise<void> {
  for (const origin of [...new Set(origins)].sort()) {
    const [lock] = await tx.query<{ mine: boolean }>(
      `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as mine`,
      [originLock(pipeline, origin)],
    );
    if (!lock!.mine)
      throw new Busy(`${origin} is being landed or cleaned by a run`, {
        next: 'the same command again when it has ended: weir status',
        stillTrue: 'nothing was changed',
      });
  }
}

/** `retireOrigins` in a transaction that has the locks. */
export async function retireLocked(
  tx: Tx,
  pipeline: Pipeline,
  origins: readonly string[],
  decision: Decision,
): Promise<string[]> {
  const rows = await tx.query<{ origin: string }>(
    `select origin from weir.origins where pipeline = $1 and origin = any ($2) and state <> 'retired' order by origin collate "C"`,
    [pipeline.name, origins],
  );
  const retired = rows.map(({ origin }) => origin);
  if (retired.length === 0) return [];
  await appendTouched(tx, pipeline.cleaned.tableName, await takeAway(tx, pipeline, retired));
  await settleCounts(tx, pipeline);
  await tx.run(
    `update weir.origins
        set state = 'retired', retired_delivery = delivery, delivery = null, cleaned = null, version = null,
            retired_at = clock_timestamp(), retired_by = $3, retired_why = $4
      where pipeline = $1 and origin = any ($2)`,
    [pipeline.name, retired, decision.by, decision.why],
  );
  return retired;
}

/** A delivery that there is none of: all deliveries of an origin are superseded by it. */
const NONE = 0;

// Rows, dead letters and window counts of all deliveries of these origins go; rows that they beat come back. The windows that changed.
async function takeAway(tx: Tx, pipeline: Pipeline, origins: readonly string[]): Promise<string[]> {
  const table = pipeline.cleaned;
  const code = cleaningFingerprint(compiled(pipeline));
  await keepCounts(tx);
  await lockCleaning(tx, table.tableName);
  if (isMoving(table))
    for (const origin of origins) {
      const rows = await supersededRows(tx, pipeline.name, { id: NONE, origin });
      if (rows !== null) await rememberKeys(tx, table, rows);
    }
  const dropped = new Set<string>();
  for (const origin of origins) {
    for (const start of await dropSuperseded(tx, pipeline, { id: NONE, origin })) dropped.add(start);
    // What was superseded in the middle of a cleaning was never told either.
    for (const start of (await formerSums(tx, pipeline.name, origin, code))?.keys() ?? []) dropped.add(start);
    await forgetFormer(tx, pipeline.name, origin);
  }
  if (!isMoving(table)) {
    const shared = await sharedWindows(tx, pipeline.name, nothingOf(NONE), [...dropped]);
    await markWindows(tx, pipeline, windowsAt(pipeline, shared));
    return [...dropped];
  }
  const changed = startsOf(pipeline, await markKeys(tx, pipeline));
  // A null in a key equals nothing that can be looked up.
  const nullable = keyColumns(table).some((column) => table.columns[column]!.facts.nullable);
  return [...new Set([...changed, ...(nullable ? dropped : [])])];
}
