import type { Pipeline } from '../../model/definition/pipeline';
import type { Curated } from '../../model/definition/table';
import type { Window } from '../../model/time/window';
import { firstStart } from '../../model/time/window';
import type { Tx } from '../postgres/database';

/** A relation that holds windows of a curated table: weir's own, or a sink's. */
export interface Target {
  readonly table: string;
  /** `schema.table`, unquoted, as people call it. */
  readonly relation: string;
}

/** Where `table` is kept: as curated, then by each of its sinks. */
export const targetsOfTable = (pipeline: Pipeline, table: Curated): string[] => [
  `weir_curated.${table.tableName}`,
  ...pipeline.publish.filter((sink) => sink.table === table).map(({ relation }) => relation),
];

/** Every relation that holds windows of the pipeline's curated tables. */
export const targetsOf = (pipeline: Pipeline): Target[] =>
  pipeline.curated.flatMap((table) =>
    targetsOfTable(pipeline, table).map((relation) => ({ table: table.tableName, relation })),
  );

// One look at the catalog for each relation, not for each row.
const NAMED = `(select table_name, relation, coalesce(to_regclass(relation)::oid, 0) as generation
                  from unnest($1::text[], $2::text[]) named (table_name, relation) offset 0)`;

/**
 * Published windows that a target does not hold, by their start: a sink that is new, a relation that somebody dropped (made again or not),
 * one that was no sink when the window was last published.
 */
export async function lackingTargets(
  on: Pick<Tx, 'query'>,
  pipeline: Pipeline,
  range: Window,
): Promise<Map<string, string[]>> {
  const targets = targetsOf(pipeline);
  const rows = await on.query<{ start: string; relations: string[] }>(
    `select p.window_start as start, array_agg(n.relation order by n.relation) as relations
       from ${NAMED} n
 cross join weir.ledger l
       join weir.published p on p.table_name = n.table_name and p.window_start >= $3 and p.window_start < $4
  left join weir.targets t on t.table_name = n.table_name and t.relation = n.relation and t.window_start = p.window_start
        and t.digest = p.digest
        and (t.generation = n.generation or (n.generation <> 0 and l.targets_oid is distinct from 'weir.targets'::regclass::oid))
      where t.relation is null
   group by 1
   order by 1`,
    [
      targets.map(({ table }) => table),
      targets.map(({ relation }) => relation),
      firstStart(pipeline.window, range),
      range.end,
    ],
  );
  return new Map(rows.map(({ start, relations }) => [start, relations]));
}

/** Notes, in the transaction that wrote it, what each target of `table` holds of the window. */
export async function recordTargets(
  tx: Tx,
  pipeline: Pipeline,
  table: Curated,
  written: { window: Window; digest: string; epoch: number },
): Promise<void> {
  const relations = targetsOfTable(pipeline, table);
  await tx.run(
    `insert into weir.targets (table_name, relation, pipeline, window_start, window_end, digest, generation, epoch)
     select table_name, relation, $3, $4, $5, $6, generation, $7 from ${NAMED} n
         on conflict (table_name, relation, window_start) do update
        set pipeline = excluded.pipeline, window_end = excluded.window_end, digest = excluded.digest,
            generation = excluded.generation, epoch = excluded.epoch, published_at = clock_timestamp()`,
    [
      ...[relations.map(() => table.tableName), relations, pipeline.name],
      ...[written.window.start, written.window.end, written.digest, written.epoch],
    ],
  );
}

/** Relations that the ledger knows windows in and that are no target of the pipeline any more. */
export async function formerTargets(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<string[]> {
  const targets = targetsOf(pipeline);
  const rows = await on.query<{ relation: string }>(
    `select distinct t.relation
       from weir.targets t
      where t.pipeline = $3
        and not exists (select from unnest($1::text[], $2::text[]) n (table_name, relation)
                         where n.table_name = t.table_name and n.relation = t.relation)
   order by 1`,
    [targets.map(({ table }) => table), targets.map(({ relation }) => relation), pipeline.name],
  );
  return rows.map(({ relation }) => relation);
}

/** Forgets what these relations hold; they and their rows stay as they are. */
export async function forgetTargets(
  on: Pick<Tx, 'query'>,
  pipeline: Pipeline,
  relations: readonly string[],
): Promise<void> {
  const targets = targetsOf(pipeline);
  await on.query(
    `delete from weir.targets t
      where t.pipeline = $3 and t.relation = any ($4)
        and not exists (select from unnest($1::text[], $2::text[]) n (table_name, relation)
                         where n.table_name = t.table_name and n.relation = t.relation)`,
    [targets.map(({ table }) => table), targets.map(({ relation }) => relation), pipeline.name, relations],
  );
}
