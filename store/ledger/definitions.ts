import { cleaningTextOf } from '../../model/compile/compile';
import type { Parts } from '../../model/compile/differences';
import type { CheckText } from '../../model/compile/fingerprint';
import { checksText, curatedText, gatesOf, limitsAmong } from '../../model/compile/fingerprint';
import { withoutPrinting } from '../../model/compile/parserNote';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Tx } from '../postgres/database';
import { mapFormerFingerprints } from '../schema/formerFingerprints';
import { checksFingerprint, compiled, fingerprint, windowFingerprint } from './fingerprint';

/** What the fingerprint of one table stands for. */
export interface Definition {
  readonly table: string;
  readonly code: string;
  readonly parts: Parts;
  /** Fingerprint of each parser's text, by column: for a note, never part of `code`. */
  readonly parsers: Readonly<Record<string, string>>;
}

/** The definitions behind the fingerprints of `pipeline`, the cleaned table first. */
export function definitionsOf(pipeline: Pipeline): Definition[] {
  const { cleaned, curated } = pipeline;
  const { code } = compiled(pipeline);
  const parsers = Object.entries(cleaned.columns).flatMap(([name, { facts }]) =>
    facts.parse ? [[name, fingerprint(withoutPrinting(String(facts.parse)))]] : [],
  );
  const of = (table: string, text: string, notes = {}): Definition => ({
    ...{ table, code: code[table]!, parts: JSON.parse(text) as Parts, parsers: notes },
  });
  return [
    of(cleaned.tableName, cleaningTextOf(pipeline), Object.fromEntries(parsers)),
    ...curated.map((table) => of(table.tableName, curatedText(table))),
  ];
}

/** What a window's fingerprint of checks stands for: each table's, by name. */
export const checkPartsOf = (pipeline: Pipeline): Parts => gatesOf(pipeline);

/**
 * Keeps what each fingerprint stands for, so that a plan can say which part of a definition changed. What earlier code recorded of the same
 * definitions under other fingerprints is brought to the present ones first.
 */
export async function recordDefinitions(tx: Tx, pipelines: readonly Pipeline[]): Promise<void> {
  const present = pipelines.map((pipeline) => ({ pipeline: pipeline.name, tables: definitionsOf(pipeline) }));
  await mapFormerFingerprints(tx, present);
  await recordChecks(tx, pipelines);
  const rows = present.flatMap(({ tables }) => tables);
  await tx.query(
    `insert into weir.definitions as d (table_name, code, parts, parsers)
     select * from unnest($1::text[], $2::text[], $3::jsonb[], $4::jsonb[])
         on conflict (table_name, code) do update
        set parts = excluded.parts, parsers = excluded.parsers
      where d.parsers is null`,
    [
      ...[rows.map((row) => row.table), rows.map((row) => row.code)],
      ...[rows.map((row) => JSON.stringify(row.parts)), rows.map((row) => JSON.stringify(row.parsers))],
    ],
  );
}

/** Keeps what each pipeline's checks are. The first that are recorded stand for all that was published before: nothing else is known of it. */
async function recordChecks(tx: Tx, pipelines: readonly Pipeline[]): Promise<void> {
  const names = pipelines.map(({ name }) => name);
  const checks = pipelines.map((pipeline) => checksFingerprint(compiled(pipeline)));
  const known = await tx.query<{ pipeline: string }>(
    `select distinct pipeline from weir.checks where pipeline = any ($1)`,
    [names],
  );
  if (known.length < pipelines.length)
    await tx.query(
      `update weir.windows w
          set checks = present.checks
         from unnest($1::text[], $2::text[]) present (pipeline, checks)
        where w.pipeline = present.pipeline and w.checks is null and w.published_at is not null
          and not exists (select from weir.checks c where c.pipeline = w.pipeline)`,
      [names, checks],
    );
  for (const pipeline of pipelines) await recordLimits(tx, pipeline);
  await tx.query(
    `insert into weir.checks (pipeline, checks, parts)
     select * from unnest($1::text[], $2::text[], $3::jsonb[])
         on conflict do nothing`,
    [names, checks, pipelines.map((pipeline) => JSON.stringify(checkPartsOf(pipeline)))],
  );
}

// Once the limits on dead letters were in no fingerprint. The present ones stand for what was published then, as with checks: nothing else is known of it.
async function recordLimits(tx: Tx, pipeline: Pipeline): Promise<void> {
  const { tableName } = pipeline.cleaned;
  const limits = limitsAmong(gatesOf(pipeline)[tableName]!);
  const recorded = await tx.query<{ checks: string; parts: Record<string, CheckText[]> }>(
    `select checks, parts from weir.checks where pipeline = $1`,
    [pipeline.name],
  );
  for (const { checks: former, parts: before } of recorded) {
    const declared = before[tableName];
    if (!declared || limitsAmong(declared).length > 0) continue;
    const parts = { ...before, [tableName]: [...declared, ...limits] };
    const checks = windowFingerprint(
      Object.fromEntries(Object.entries(parts).map(([table, asked]) => [table, fingerprint(checksText(asked))])),
    );
    const values = [pipeline.name, former, checks, JSON.stringify(parts)];
    if (checks === former) {
      await tx.query(`update weir.checks set parts = $3 where pipeline = $1 and checks = $2`, [
        pipeline.name,
        former,
        values[3],
      ]);
      continue;
    }
    await tx.query(`update weir.windows set checks = $3 where pipeline = $1 and checks = $2`, values.slice(0, 3));
    await tx.query(
      `with former as (delete from weir.checks where pipeline = $1 and checks = $2 returning recorded_at)
       insert into weir.checks (pipeline, checks, parts, recorded_at)
       select $1, $3, $4, recorded_at from former
           on conflict do nothing`,
      values,
    );
  }
}

/** What was recorded of a fingerprint of a table; null when it was never seen. */
export async function definitionOf(
  on: Pick<Tx, 'query'>,
  table: string,
  code: string,
): Promise<Pick<Definition, 'parts' | 'parsers'> | null> {
  const [row] = await on.query<Pick<Definition, 'parts'> & { parsers: Definition['parsers'] | null }>(
    `select parts, parsers from weir.definitions where table_name = $1 and code = $2`,
    [table, code],
  );
  return row ? { parts: row.parts, parsers: row.parsers ?? {} } : null;
}

/** What the windows of a pipeline were published under, where that is not `present`; null parts where nothing is recorded of it. */
export function otherChecks(
  on: Pick<Tx, 'query'>,
  pipeline: string,
  present: string | null,
): Promise<{ checks: string | null; parts: Parts | null }[]> {
  return on.query(
    `select w.checks, c.parts
       from (select distinct checks
               from weir.windows
              where pipeline = $1 and published_at is not null and checks is distinct from $2) w
  left join weir.checks c on c.pipeline = $1 and c.checks = w.checks
   order by c.recorded_at`,
    [pipeline, present],
  );
}
