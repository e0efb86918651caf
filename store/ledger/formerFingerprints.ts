import type { Parts } from '../../model/compile/differences';
import { formerlySame, formerParsers } from '../../model/compile/formerFingerprint';
import { withoutPrinting } from '../../model/compile/parserNote';
import type { Tx } from '../postgres/database';
import { fingerprint, windowFingerprint } from './fingerprint';

/** A table's present fingerprint and what it stands for. */
interface Present {
  readonly table: string;
  readonly code: string;
  readonly parts: Parts;
}

/** The tables of one pipeline, the cleaned one first. */
export interface PresentPipeline {
  readonly pipeline: string;
  readonly tables: readonly Present[];
}

/** Two fingerprints of one definition: as it was taken up to a1c96b4, and as it is taken now. */
interface Mapped {
  readonly pipeline: string;
  readonly table: string;
  readonly former: string;
  readonly code: string;
  readonly parts: Parts;
  /** What the parsers were, of which only the presence was compared. */
  readonly parsers: Readonly<Record<string, string>>;
}

/**
 * Brings what an earlier ledger says of a definition to the fingerprint that the same definition has now, so that nothing is owed for the way
 * fingerprints are taken. One look-up by key where there is nothing to do.
 */
export async function mapFormerFingerprints(tx: Tx, pipelines: readonly PresentPipeline[]): Promise<void> {
  const recorded = await tx.query<{ table: string; code: string; parts: Parts }>(
    `select table_name as table, code, parts
       from weir.definitions
      where table_name = any ($1) and parsers is null
   order by recorded_at`,
    [pipelines.flatMap(({ tables }) => tables.map(({ table }) => table))],
  );
  for (const { pipeline, tables } of pipelines) {
    const mapped = recorded.flatMap(({ table, code: former, parts }): Mapped[] => {
      const now = tables.find((one) => one.table === table);
      return now && now.code !== former && formerlySame(parts, now.parts)
        ? [{ ...now, pipeline, former, parsers: fingerprints(formerParsers(parts)) }]
        : [];
    });
    if (mapped.length === 0) continue;
    // First the windows: their fingerprint is found by those of their tables.
    await mapWindows(tx, tables, mapped);
    for (const one of mapped) await mapTable(tx, one);
  }
}

/** A window's fingerprint is made of its tables': those of curated ones are remembered window by window, the cleaned one is any there was. */
async function mapWindows(tx: Tx, [cleaned, ...curated]: readonly Present[], mapped: readonly Mapped[]): Promise<void> {
  const published = await tx.query<{ code: Record<string, string> }>(
    `select distinct code
       from (select jsonb_object_agg(table_name, code) as code
               from weir.published
              where table_name = any ($1)
           group by window_start) published`,
    [curated.map(({ table }) => table)],
  );
  const ofCurated = curated.length === 0 ? [{}] : published.map(({ code }) => code);
  const ofCleaned = [
    cleaned!.code,
    ...mapped.filter(({ table }) => table === cleaned!.table).map(({ former }) => former),
  ];
  const pairs = ofCurated.flatMap((code) =>
    ofCleaned.map((code_) => ({ ...code, [cleaned!.table]: code_ }) as Record<string, string>),
  );
  const presently = (code: Record<string, string>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(code).map(([table, former]) => [
        table,
        mapped.find((one) => one.table === table && one.former === former)?.code ?? former,
      ]),
    );
  await tx.run(
    `update weir.windows w
        set code = pair.code
       from unnest($2::text[], $3::text[]) pair (former, code)
      where w.pipeline = $1 and w.code = pair.former and pair.former <> pair.code`,
    [mapped[0]!.pipeline, pairs.map(windowFingerprint), pairs.map(presently).map(windowFingerprint)],
  );
}

const fingerprints = (texts: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).map(([column, text]) => [column, fingerprint(withoutPrinting(text))]));

async function mapTable(tx: Tx, { pipeline, table, former, code, parts, parsers }: Mapped): Promise<void> {
  await tx.run(
    `update weir.segments s
        set cleaned_by = $3
       from weir.deliveries d
      where d.id = s.delivery and d.pipeline = $1 and s.cleaned_by = $2`,
    [pipeline, former, code],
  );
  await tx.run(`update weir.published set code = $3 where table_name = $1 and code = $2`, [table, former, code]);
  await tx.run(`update weir.lineage set code = $3 where table_name = $1 and code = $2`, [table, former, code]);
  await tx.run(
    `update weir.lineage l
        set inputs = (select jsonb_agg(case when input ->> 'table' = $1 and input ->> 'code' = $2
                                            then input || jsonb_build_object('code', $3::text)
                                            else input
                                       end order by place)
                        from jsonb_array_elements(l.inputs) with ordinality inputs (input, place))
      where l.inputs @> jsonb_build_array(jsonb_build_object('table', $1::text, 'code', $2::text))`,
    [table, former, code],
  );
  // Nothing refers to the former any more, and it is not looked at again. Of its parsers a note remains: of the newest, if there were several.
  await tx.run(`update weir.definitions set parsers = '{}' where table_name = $1 and code = $2`, [table, former]);
  await tx.run(
    `insert into weir.definitions (table_name, code, parts, parsers)
     values ($1, $2, $3, $4)
         on conflict (table_name, code) do update set parsers = excluded.parsers`,
    [table, code, JSON.stringify(parts), JSON.stringify(parsers)],
  );
}
