import type { Pipeline } from '../../model/definition/pipeline';
import type { Curated } from '../../model/definition/table';
import type { Claim } from '../../model/run/claim';
import { checksFingerprint, compiled, windowFingerprint } from '../ledger/fingerprint';
import { factsNow } from '../ledger/staleness';
import type { Tx } from '../postgres/database';
import { columnList, physical } from '../postgres/identifiers';
import type { Digest } from '../proof/digest';
import { digestOf } from '../proof/digest';

/**
 * Fills the stage of an unchecked window with what is published, so that its gate is asked and nothing is computed; null where there is more to do. Only where a backfill asks for what is owed: a run or a rerun was asked to compute.
 */
export async function stageAsPublished(
  tx: Tx,
  register: readonly Pipeline[],
  claim: Claim,
  pipeline: Pipeline,
  table: Curated,
): Promise<Digest | null> {
  const { order, epoch } = claim;
  if (order.kind !== 'backfill') return null;
  const [window] = await tx.query<{ digest: string; facts_seen: string }>(
    `select p.digest, w.facts_seen
       from weir.windows w
       join weir.published p on p.table_name = $3 and p.window_start = w.window_start
      where w.pipeline = $1 and w.window_start = $2
        and w.touches <= w.touches_seen
        and w.code = $4 and p.code = $5
        and w.checks is distinct from $6`,
    [
      ...[order.plan.pipeline, order.window.start, table.tableName],
      ...[windowFingerprint(order.plan.code), order.plan.code[table.tableName]],
      checksFingerprint(compiled(pipeline)),
    ],
  );
  if (!window) return null;
  const [facts] = await factsNow(tx, register, pipeline, [order.window]);
  if (facts !== Number(window.facts_seen)) return null;
  const stage = physical.stage(table.tableName);
  const columns = columnList(table);
  await tx.run(`delete from ${stage} where _epoch = $1`, [epoch]);
  await tx.run(
    `insert into ${stage} (${columns}, _epoch) select ${columns}, $2 from ${physical.curated(table.tableName)} where _window = $1`,
    [order.window.start, epoch],
  );
  // Somebody else wrote to the curated table: computing mends it, asking would bless it.
  const staged = await digestOf(tx, table.columns, `${stage} where _epoch = $1`, [epoch]);
  return staged.digest === window.digest ? staged : null;
}
