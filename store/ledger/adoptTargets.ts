import type { Pipeline } from '../../model/definition/pipeline';
import type { Tx } from '../postgres/database';
import { relationName } from '../postgres/identifiers';
import type { Target } from './targets';
import { targetsOf } from './targets';

/**
 * Takes what an earlier version published as held where the rows are there; a restored backup's relations by the numbers they have now.
 * Call it before tables are made: one that is made then holds nothing.
 */
export async function adoptTargets(tx: Tx, pipelines: readonly Pipeline[]): Promise<void> {
  await readGenerationsAgain(tx);
  for (const pipeline of pipelines) {
    for (const target of await unknownTargets(tx, pipeline)) await adopt(tx, pipeline, target);
  }
}

async function readGenerationsAgain(tx: Tx): Promise<void> {
  const restored = await tx.run(
    `update weir.ledger set targets_oid = 'weir.targets'::regclass::oid
      where targets_oid is distinct from 'weir.targets'::regclass::oid`,
  );
  if (restored > 0) await tx.run(`update weir.targets set generation = coalesce(to_regclass(relation)::oid, 0)`);
}

// A publish of this version writes all targets of a table at once: where there are none of it, an earlier version published it.
async function unknownTargets(tx: Tx, pipeline: Pipeline): Promise<Target[]> {
  const targets = targetsOf(pipeline);
  return tx.query<Target & Record<string, unknown>>(
    `select n.table_name as "table", n.relation
       from unnest($1::text[], $2::text[]) n (table_name, relation)
      where to_regclass(n.relation) is not null
        and exists (select from weir.published p where p.table_name = n.table_name)
        and not exists (select from weir.targets t where t.table_name = n.table_name)`,
    [targets.map(({ table }) => table), targets.map(({ relation }) => relation)],
  );
}

async function adopt(tx: Tx, pipeline: Pipeline, { table, relation }: Target): Promise<void> {
  await tx.run(
    `insert into weir.targets (table_name, relation, pipeline, window_start, window_end, digest, generation, epoch, published_at)
     select p.table_name, $2, w.pipeline, p.window_start, w.window_end, p.digest, to_regclass($2)::oid, p.epoch, p.published_at
       from weir.published p
       join weir.windows w on w.pipeline = $3 and w.window_start = p.window_start
      where p.table_name = $1
        and (p.rows = 0 or exists (select from ${relationName(relation)} r where r._window = p.window_start))`,
    [table, relation, pipeline.name],
  );
}
