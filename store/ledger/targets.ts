import type { Pipeline } from '../../model/definition/pipeline';
import type { Curated } from '../../model/definition/table';
import type { Window } from '../../model/time/window';
import { firstStart } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import { relationName } from '../postgres/identifiers';

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

/** Condition on `t` and `p`: a window of which the target was given rows. */
const GIVEN = `t.table_name = p.table_name and t.window_start = p.window_start and t.digest = p.digest and p.rows > 0`;

/** Targets without a row though rows were published to them: somebody emptied them. One look at each, however many rows. */
export async function emptiedTargets(on: Pick<Tx, 'query'>, targets: readonly Target[]): Promise<string[]> {
  const given = await on.query<Target & Record<string, unknown>>(
    `select n.table_name as "table", n.relation
       from unnest($1::text[], $2::text[]) n (table_name, relation)
      where to_regclass(n.relation) is not null
        and exists (select from weir.targets t join weir.published p on ${GIVEN}
                     where t.table_name = n.table_name and t.relation = n.relation)`,
    [targets.map(({ table }) => table), targets.map(({ relation }) => relation)],
  );
  if (given.length === 0) return [];
  const rows = await on.query<{ relation: string }>(
    `select relation from (${given
      .map(
        (_, i) =>
          `select $${i + 1}::text as relation where not exists (select from ${relationName(given[i]!.relation)})`,
      )
      .join(' union all ')}) emptied`,
    given.map(({ relation }) => relation),
  );
  return rows.map(({ relation }) => relation);
}
// Windows and targets that lack them. Said twice which tables, as constants: else the planner reads the windows of all pipelines to find those of one. Parameters: the targets' tables and relations, a range's start and end, the emptied ones.
const LACKING = `
       from ${NAMED} n
 cross join weir.ledger l
       join weir.published p on p.table_name = n.table_name and p.table_name = any ($1) and p.window_start >= $3 and p.window_start < $4
  left join weir.targets t on t.table_name = n.table_name and t.relation = n.relation and t.window_start = p.window_start
        and t.table_name = any ($1) and t.relation = any ($2)
        and t.digest = p.digest
        and (p.rows = 0 or n.relation <> all ($5))
        and (t.generation = n.generation or (n.generation <> 0 and l.targets_oid is distinct from 'weir.targets'::regclass::oid))
      where t.relation is null`;

/** The starts of windows that a target lacks, as a select of the five parameters that `lackingTargets` has. */
export const LACKING_STARTS = `select distinct p.window_start ${LACKING}`;

/**
 * Before a window of `table` is written to it: where somebody emptied the target, forgets that it holds the others, which would not be
 * seen any more once it holds a row.
 */
export async function forgetEmptied(tx: Tx, pipeline: Pipeline, table: Curated): Promise<void> {
  for (const relation of targetsOfTable(pipeline, table))
    await tx.run(
      `delete from weir.targets
        where table_name = $1 and relation = $2
          and not exists (select from ${relationName(relation)})
          and exists (select from weir.targets t join weir.published p on ${GIVEN}
                       where t.table_name = $1 and t.relation = $2)`,
      [table.tableName, relation],
    );
}

/**
 * Published windows that a target does not hold, by their start: a sink that is new, a relation that somebody dropped (made again or not)
 * or emptied, one that was no sink when the window was last published.
 */
export async function lackingTargets(
  on: Pick<Tx, 'query'>,
  pipeline: Pipeline,
  range: Window,
): Promise<Map<string, string[]>> {
  const targets = targetsOf(pipeline);
  const rows = await on.query<{ start: string; relations: string[] }>(
    `select p.window_start as start, array_agg(n.relation order by n.relation) as relations ${LACKING}
   group by 1
   order by 1`,
    [
      targets.map(({ table }) => table),
      targets.map(({ relation }) => relation),
      firstStart(pipeline.window, range),
      range.end,
      await emptiedTargets(on, targets),
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

/** A relation that a pipeline published to which is defined no more. */
export interface RemovedTarget {
  readonly pipeline: string;
  readonly relation: string;
  readonly windows: number;
}

/** What pipelines that `register` does not name published: readers see it, and nobody brings it up to date. */
export async function removedTargets(on: Pick<Tx, 'query'>, register: readonly Pipeline[]): Promise<RemovedTarget[]> {
  const rows = await on.query<{ pipeline: string; relation: string; windows: string }>(
    `select pipeline, relation, count(*) as windows
       from weir.targets
      where pipeline <> all ($1)
   group by 1, 2
   order by 1, 2`,
    [register.map(({ name }) => name)],
  );
  return rows.map((row) => ({ ...row, windows: Number(row.windows) }));
}

/** Forgets what these hold; their rows stay as they are. */
export async function forgetRemoved(on: Pick<Tx, 'query'>, removed: readonly RemovedTarget[]): Promise<void> {
  await on.query(
    `delete from weir.targets t
      using unnest($1::text[], $2::text[]) gone (pipeline, relation)
      where t.pipeline = gone.pipeline and t.relation = gone.relation`,
    [removed.map(({ pipeline }) => pipeline), removed.map(({ relation }) => relation)],
  );
}
