import { patternsOf } from '../../model/definition/paths/pathPattern';
import type { Pipeline } from '../../model/definition/pipeline';
import { OriginsMoved } from '../../model/run/errors';
import type { Tx } from '../postgres/database';

/** Who decided about an origin, and why. */
export interface Decision {
  readonly by: string;
  readonly why: string | null;
}

/** An origin as people are told of it. */
export interface OriginRow {
  readonly origin: string;
  readonly state: 'offered' | 'vanished' | 'retired';
  /** False: the source as it is defined now does not name it. Null: the source cannot tell. */
  readonly named: boolean | null;
  readonly version: string | null;
  /** The delivery that counts, or counted until it was retired. */
  readonly delivery: number | null;
  readonly records: number | null;
  readonly landedAt: string | null;
  readonly retiredAt: string | null;
  readonly retiredBy: string | null;
  readonly retiredWhy: string | null;
  readonly movedFrom: string | null;
  /** When it was last made to count again after a retirement, by whom and why. */
  readonly restoredAt: string | null;
  readonly restoredBy: string | null;
  readonly restoredWhy: string | null;
  /** When it was last cleaned again by hand, by whom and why. */
  readonly recleanedAt: string | null;
  readonly recleanedBy: string | null;
  readonly recleanedWhy: string | null;
}

/** Every origin of `pipeline` that was ever asked for, in their order. */
export async function originRows(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<OriginRow[]> {
  const rows = await on.query<Omit<OriginRow, 'named' | 'records'> & { records: string | null }>(
    `select o.origin, o.state, o.version, d.id as delivery, d.records, d.landed_at as "landedAt",
            o.retired_at as "retiredAt", o.retired_by as "retiredBy", o.retired_why as "retiredWhy", o.moved_from as "movedFrom",
            o.restored_at as "restoredAt", o.restored_by as "restoredBy", o.restored_why as "restoredWhy",
            o.recleaned_at as "recleanedAt", o.recleaned_by as "recleanedBy", o.recleaned_why as "recleanedWhy"
       from weir.origins o
  left join weir.deliveries d on d.id = coalesce(o.delivery, o.retired_delivery)
      where o.pipeline = $1
   order by weir.origin_key(o.origin) collate "C", o.origin collate "C"`,
    [pipeline.name],
  );
  return rows.map((row) => ({
    ...row,
    named: pipeline.source.names?.(row.origin) ?? null,
    records: row.records === null ? null : Number(row.records),
  }));
}

/** Origins whose rows count, and that the source as it is defined now could not name: each of them is asked. */
export async function movedAway(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<string[]> {
  const { source } = pipeline;
  if (!source.names) return [];
  // As one value: ten thousand rows cost 4 ms to take apart, and this is asked by every look.
  const [row] = await on.query<{ origins: string[] | null }>(
    `select json_agg(origin) as origins from weir.origins where pipeline = $1 and state <> 'retired' and delivery is not null`,
    [pipeline.name],
  );
  return unnamed(source, row!.origins ?? []);
}

const unnamed = (source: Pipeline['source'], origins: readonly string[]): string[] =>
  // By their bytes, as PostgreSQL's "C" sorts.
  origins.filter((origin) => !source.names!(origin)).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/**
 * The same for a run: only those that the same naming was not asked of before, which is noted on each that is named. One that is not is noted
 * nowhere, so it is told again by every run. Three ranges of an index.
 */
async function movedSince(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<string[]> {
  const { source, name } = pipeline;
  if (!source.names || source.naming === undefined) return movedAway(on, pipeline);
  const counts = `select origin from weir.origins where pipeline = $1 and state <> 'retired' and delivery is not null`;
  const [row] = await on.query<{ origins: string[] | null }>(
    `select json_agg(origin) as origins
       from (${counts} and named_by is null
              union all
             ${counts} and named_by < $2
              union all
             ${counts} and named_by > $2) asked`,
    [name, source.naming],
  );
  const asked = row!.origins ?? [];
  if (asked.length === 0) return [];
  const moved = unnamed(source, asked);
  const away = new Set(moved);
  // Whoever holds a row is at work on it: it is asked about again, and nobody waits for anybody.
  await on.query(
    `update weir.origins o
        set named_by = $3
       from (select origin from weir.origins where pipeline = $1 and origin = any ($2) for no key update skip locked) named
      where o.pipeline = $1 and o.origin = named.origin`,
    [name, asked.filter((origin) => !away.has(origin)), source.naming],
  );
  return moved;
}

/** Origins that were landed: those that count, and those that are retired; of those alone that begin with one of `beginnings`. */
export const landedOrigins = (
  on: Pick<Tx, 'query'>,
  pipeline: string,
  beginnings: readonly string[],
): Promise<{ origin: string; state: OriginRow['state'] }[]> =>
  on.query(
    `select o.origin, o.state
       from (select distinct beginning from unnest($2::text[]) b (beginning)) b
 cross join lateral (select origin, state
                       from weir.origins
                      where pipeline = $1 and origin collate "C" >= b.beginning
                        and origin collate "C" < b.beginning || $3
                        and (delivery is not null or state = 'retired')) o
   group by o.origin, o.state
   order by o.origin collate "C"`,
    // The greatest character there is: nothing that begins so sorts behind it.
    [pipeline, beginnings, '\u{10FFFF}'],
  );

/** The commands that settle what happened to origins that the source does not name any more. */
export function choicesOf(pipeline: Pipeline, moved: readonly string[]): { move: string[]; retire: string } {
  const quoted = (path: string): string => (/^[\w./:@%+=-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);
  const patterns = patternsOf(moved);
  const to = quoted(whereTo(pipeline.source.path, patterns));
  return {
    move: patterns.map((pattern) => `weir move ${pipeline.name} ${quoted(pattern)} ${to}`),
    retire: `weir retire ${pipeline.name} ${patterns.map(quoted).join(' ')}`,
  };
}

// Files that differ in their names keep them: a glob cannot be filled in, `{file}` can.
function whereTo(path: string | undefined, patterns: readonly string[]): string {
  if (path === undefined) return 'NEW';
  return patterns.some((pattern) => pattern.endsWith('/{file}')) ? path.replace(/[^/]*$/, '{file}') : path;
}

/** @throws OriginsMoved while the source as it is defined now does not name origins whose rows count: more would count twice. */
export async function assertNotMoved(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<void> {
  const moved = await movedSince(on, pipeline);
  if (moved.length === 0) return;
  const { move, retire } = choicesOf(pipeline, moved);
  const others = moved.length > 1 ? ` and ${moved.length - 1} more` : '';
  throw new OriginsMoved(
    `${pipeline.name}: its source does not name ${moved[0]}${others} any more, whose rows count; what it names now may be the same records again`,
    {
      next: `${move[0]} (the same files elsewhere), or ${retire} (they count no more); weir plan ${pipeline.name} shows all`,
      stillTrue: 'nothing was landed; readers keep what was published',
    },
  );
}

/** Keeps which origins were there when they were last looked for; one statement, which writes only what changed. */
export async function noteOffered(
  on: Pick<Tx, 'query'>,
  pipeline: string,
  offered: readonly string[],
  gone: readonly string[],
): Promise<void> {
  await on.query(
    `update weir.origins
        set state = case when origin = any ($3) then 'vanished' else 'offered' end
      where pipeline = $1
        and (origin = any ($2) and state = 'vanished' or origin = any ($3) and state = 'offered')`,
    [pipeline, offered, gone],
  );
}
