import { keepCounts } from '../standing/counts';
import type { Parts } from '../../model/compile/differences';
import { sameParts } from '../../model/compile/differences';
import { FORMER_ORDER, formerlySame, formerParsers, withPresentRules } from '../../model/compile/formerFingerprint';
import { withoutPrinting } from '../../model/compile/parserNote';
import { fingerprint, windowFingerprint } from '../ledger/fingerprint';
import type { Tx } from '../postgres/database';
import { isReadOtherwise } from './readOtherwise';

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

/** A definition as an earlier version recorded it; null parsers: up to a1c96b4. */
interface Recorded {
  readonly table: string;
  readonly code: string;
  readonly parts: Parts;
  readonly parsers: Readonly<Record<string, string>> | null;
}

/** Two fingerprints of one definition: as it was taken once, and as it is taken now. */
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
  const recorded = await tx.query<Recorded>(
    `select table_name as table, code, parts, parsers
       from weir.definitions
      where table_name = any ($1)
        and (parsers is null
             or parts ? 'latestBy' and (not parts ? 'origins' or table_name = any ($2) and not parts ? 'reading'))
   order by recorded_at`,
    [
      pipelines.flatMap(({ tables }) => tables.map(({ table }) => table)),
      pipelines.flatMap(({ tables: [cleaned] }) => ('reading' in cleaned!.parts ? [cleaned!.table] : [])),
    ],
  );
  for (const { pipeline, tables } of pipelines) {
    const found = recorded.flatMap(({ table, code: former, parts, parsers }): Mapped[] => {
      const now = tables.find((one) => one.table === table);
      return now && now.code !== former && isPresent({ parts, parsers }, now)
        ? [{ ...now, pipeline, former, parsers: parsers ?? fingerprints(formerParsers(parts)) }]
        : [];
    });
    if (found.length === 0) continue;
    // The order of origins belongs to cleaning: where it is another now, it is told and not mapped.
    const [cleaned] = tables;
    const former = found.filter(({ table }) => table === cleaned!.table);
    const reordered = 'origins' in cleaned!.parts && (await orderDiffers(tx, pipeline));
    const reread = former.length > 0 && (await isReadOtherwise(tx, pipeline, cleaned!.parts));
    const mapped = reordered || reread ? found.filter((one) => !former.includes(one)) : found;
    if (reordered || reread)
      await noteFormerRules(tx, cleaned!, reordered ? FORMER_ORDER.origins : cleaned!.parts['origins'], reread);
    if (mapped.length === 0) continue;
    // First the windows: their fingerprint is found by those of their tables.
    await mapWindows(tx, tables, mapped);
    for (const one of mapped) await mapTable(tx, one);
  }
}

/** True when a definition that was recorded says the same as the present one. */
function isPresent({ parts, parsers }: Pick<Recorded, 'parts' | 'parsers'>, now: Present): boolean {
  const former = withPresentRules(parts, now.parts);
  return parsers === null ? formerlySame(former, now.parts) : sameParts(former, now.parts);
}

/** True when some two origins of `pipeline` that count come in another order with numbers as numbers than as text. */
async function orderDiffers(tx: Tx, pipeline: string): Promise<boolean> {
  const [row] = await tx.query<{ differs: boolean }>(
    `select coalesce(bool_or(as_text <> as_numbers), false) as differs
       from (select row_number() over (order by origin collate "C") as as_text,
                    row_number() over (order by weir.origin_key(origin) collate "C", origin collate "C") as as_numbers
               from weir.origins
              where pipeline = $1 and delivery is not null) places`,
    [pipeline],
  );
  return row!.differs;
}

// Said once of what was recorded before: a plan then names it, and it is not asked again.
const noteFormerRules = (tx: Tx, { table, parts }: Present, origins: unknown, reread: boolean): Promise<number> =>
  tx.run(
    `update weir.definitions
        set parts = $2::jsonb || parts
      where table_name = $1 and (not parts ? 'origins' or not parts ? 'reading')`,
    [
      table,
      JSON.stringify({
        ...(origins !== undefined && { origins }),
        ...('reading' in parts && { reading: reread ? [] : parts['reading'] }),
      }),
    ],
  );

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
  // Another name for the same cleaning: no row changes.
  await keepCounts(tx);
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
  await tx.run(
    `update weir.definitions
        set parsers = '{}', parts = case when parts ? 'latestBy' then $3::jsonb || parts else parts end
      where table_name = $1 and code = $2`,
    [table, former, JSON.stringify({ ...FORMER_ORDER, reading: [] })],
  );
  await tx.run(
    `insert into weir.definitions (table_name, code, parts, parsers)
     values ($1, $2, $3, $4)
         on conflict (table_name, code) do update set parsers = excluded.parsers`,
    [table, code, JSON.stringify(parts), JSON.stringify(parsers)],
  );
}
