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

/** Origins whose rows count, and that the source as it is defined now could not name. */
export async function movedAway(on: Pick<Tx, 'query'>, pipeline: Pipeline): Promise<string[]> {
  const { source } = pipeline;
  if (!source.names) return [];
  // As one value: ten thousand rows cost 4 ms to take apart, and this is asked by every look and every run.
  const [row] = await on.query<{ origins: string[] | null }>(
    `select json_agg(origin) as origins from weir.origins where pipeline = $1 and state <> 'retired' and delivery is not null`,
    [pipeline.name],
  );
  const moved = (row!.origins ?? []).filter((origin) => !source.names!(origin));
  // By their bytes, as PostgreSQL's "C" sorts.
  return moved.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Origins that were landed: those that count, and those that are retired. */
export const landedOrigins = (
  on: Pick<Tx, 'query'>,
  pipeline: string,
): Promise<{ origin: string; state: OriginRow['state'] }[]> =>
  on.query(
    `select origin, state from weir.origins where pipeline = $1 and (delivery is not null or state = 'retired') order by origin collate "C"`,
    [pipeline],
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
  const moved = await movedAway(on, pipeline);
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
