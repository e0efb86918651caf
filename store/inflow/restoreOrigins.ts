import type { Pipeline } from '../../model/definition/pipeline';
import type { Decision } from '../ledger/originLife';
import { deliveryFacts } from '../ledger/segments';
import { lockCleaning } from '../ledger/touch';
import type { Database } from '../postgres/database';
import { addColumns } from '../schema/addDropColumns';
import { cleanAgain } from './reclean';
import { isCutOtherwise } from './recut';
import { lockOrigins } from './retireOrigins';

/**
 * Lets retired origins count again, by a decision that is kept beside the one that retired them: what they held then is cleaned from raw, and
 * what reads it is touched; a newer version of the file is landed by the next run. One transaction under the origins' locks, all or nothing.
 * One that is not retired stays as it is. Returns those that this call restored.
 */
export async function restoreOrigins(
  database: Database,
  pipeline: Pipeline,
  origins: readonly string[],
  decision: Decision,
): Promise<string[]> {
  // A decision may come before `apply` has added what the definition declares anew.
  await addColumns(database, [pipeline]);
  return database.tx(async (tx) => {
    await lockOrigins(tx, pipeline.name, origins);
    await lockCleaning(tx, pipeline.cleaned.tableName);
    // Without a version: whatever is offered now is read once, and is the same delivery where the bytes are.
    const restored = await tx.query<{ origin: string; id: number | null }>(
      `update weir.origins
          set state = 'offered', delivery = retired_delivery, cleaned = null, version = null,
              restored_at = clock_timestamp(), restored_by = $3, restored_why = $4
        where pipeline = $1 and origin = any ($2) and state = 'retired'
    returning origin, delivery as id`,
      [pipeline.name, origins, decision.by, decision.why],
    );
    for (const { origin, id } of restored)
      // Cut by another dialect than there is now, it is cut and cleaned by the next run, which owes it.
      if (id !== null && !isCutOtherwise(pipeline, (await deliveryFacts(tx, id)).framing))
        await cleanAgain(tx, { database, pipeline }, { id, origin }, () => undefined);
    return restored.map(({ origin }) => origin).sort();
  });
}
