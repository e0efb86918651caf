import { createHash } from 'node:crypto';
import { cutSegments } from '../../cleaning/framing/segments';
import { filledPath, pathPattern } from '../../model/definition/paths/pathPattern';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Listed, Offer } from '../../model/definition/source';
import { Misused, SourceMissing } from '../../model/run/errors';
import type { Decision } from '../ledger/originLife';
import { appendTouched, lockCleaning } from '../ledger/touch';
import type { Database, Tx } from '../postgres/database';
import { addColumns } from '../schema/addDropColumns';
import { isMoving, nothingOf, startsOf, windowsAt } from './markWinners';
import { markKeys, rememberKeys } from './movingKeys';
import { cleanAgain } from './reclean';
import { lockOrigins, retireLocked } from './retireOrigins';
import { markWindows, sharedWindows } from './winners';

/** One origin under its former and its new name. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

interface Planned extends Move {
  readonly delivery: number;
  readonly version: string;
}

const SHOWN = 10;

/**
 * Gives the origins that `from` names (a path, or one with `{date}` and `{hour}`) the names that `to` makes of them, where the file there has the
 * same bytes: they keep their deliveries, and nothing is landed again; nor cleaned, but where columns read the path. One transaction under the origins' locks, all or nothing.
 * Where the new name was landed as well, the former one is retired. Nothing that `from` names: nothing is done.
 * @throws Misused with the list of those that are not the same there.
 */
export async function moveOrigins(
  database: Database,
  pipeline: Pipeline,
  from: string,
  to: string,
  decision: Decision,
): Promise<Move[]> {
  const planned = await plannedMoves(database, pipeline, from, to);
  if (planned.length === 0) return [];
  // A decision may come before `apply` has added what the definition declares anew.
  await addColumns(database, [pipeline]);
  await database.tx(async (tx) => {
    await lockOrigins(
      tx,
      pipeline.name,
      planned.flatMap((move) => [move.from, move.to]),
    );
    await lockCleaning(tx, pipeline.cleaned.tableName);
    const { isStill, renamed, replaced } = await sorted(tx, pipeline.name, planned);
    if (!isStill)
      throw new Misused('another delivery of one of these origins was landed meanwhile', {
        next: 'the same command again',
        stillTrue: 'nothing was changed',
      });
    for (const { from: origin, to: twin } of replaced)
      await retireLocked(tx, pipeline, [origin], {
        ...decision,
        why: `moved to ${twin}, which was landed too${decision.why === null ? '' : `: ${decision.why}`}`,
      });
    await appendTouched(tx, pipeline.cleaned.tableName, await rename(tx, pipeline, renamed, decision));
    // Columns that read the path of an origin have other values under another name.
    for (const { to, delivery } of renamed.filter((move) => readsOtherwise(pipeline, move)))
      await cleanAgain(tx, { database, pipeline }, { id: delivery, origin: to }, () => undefined);
  });
  return planned.map((move) => ({ from: move.from, to: move.to }));
}

const readsOtherwise = ({ source, cleaned }: Pipeline, { from, to }: Move): boolean => {
  const [before, after] = [source.valuesOf?.(from), source.valuesOf?.(to)];
  return Object.values(cleaned.columns).some(
    ({ facts: { path } }) => path !== undefined && before?.[path] !== after?.[path],
  );
};

async function plannedMoves(database: Database, pipeline: Pipeline, from: string, to: string): Promise<Planned[]> {
  const pattern = pathPattern(from);
  const live = await database.query<{ origin: string; delivery: number; digest: string }>(
    `select o.origin, o.delivery, d.digest
       from weir.origins o
       join weir.deliveries d on d.id = o.delivery
      where o.pipeline = $1
   order by o.origin collate "C"`,
    [pipeline.name],
  );
  const planned: Planned[] = [];
  const wrong: string[] = [];
  for (const { origin, delivery, digest } of live) {
    const match = pattern.exec(origin);
    if (!match) continue;
    const name = filledPath(to, match.groups ?? {});
    if (name === origin) continue;
    const found = await sameAt(pipeline.source, name, digest);
    if (typeof found === 'string') wrong.push(`${origin} -> ${name}: ${found}`);
    else planned.push({ from: origin, to: name, delivery, version: found.version });
  }
  if (wrong.length === 0) return planned;
  const more = wrong.length > SHOWN ? [`and ${wrong.length - SHOWN} more`] : [];
  throw new Misused(
    [`${wrong.length} of these origins did not move there:`, ...wrong.slice(0, SHOWN), ...more].join('\n  '),
    {
      next: `put the same files there, or say that they count no more: weir retire ${pipeline.name} ORIGIN`,
      stillTrue: 'nothing was changed',
    },
  );
}

/** What is offered at `origin`, where its bytes have this digest; else what is wrong. */
async function sameAt(source: Listed, origin: string, digest: string): Promise<Offer | string> {
  try {
    const offer = await source.one(origin);
    if (!offer) return 'the source does not name it';
    return (await digestOf(source, offer)) === digest ? offer : 'other bytes are there';
  } catch (error) {
    if (error instanceof SourceMissing) return 'it is not there';
    throw error;
  }
}

/** The digest that landing `offer` would give its delivery. */
async function digestOf(source: Listed, offer: Offer): Promise<string> {
  const whole = createHash('sha256');
  for await (const piece of cutSegments(source.format, source.read(offer))) whole.update(piece.bytes);
  return whole.digest('hex');
}

// Whether the ledger still says what the files were compared with, and which new names it has already.
async function sorted(
  tx: Tx,
  pipeline: string,
  planned: readonly Planned[],
): Promise<{ isStill: boolean; renamed: Planned[]; replaced: Planned[] }> {
  const rows = await tx.query<{ origin: string; delivery: number | null; state: string; landed: boolean }>(
    `select o.origin, o.delivery, o.state,
            exists (select from weir.deliveries d where d.pipeline = o.pipeline and d.origin = o.origin) as landed
       from weir.origins o
      where o.pipeline = $1 and o.origin = any ($2)`,
    [pipeline, planned.flatMap((move) => [move.from, move.to])],
  );
  const known = new Map(rows.map((row) => [row.origin, row]));
  const retired = planned.find((move) => known.get(move.to)?.state === 'retired');
  if (retired)
    throw new Misused(`${retired.to} is retired: nothing can move there`, {
      next: 'move it to another name, or retire it too',
      stillTrue: 'nothing was changed',
    });
  return {
    isStill: planned.every((move) => known.get(move.from)?.delivery === move.delivery),
    renamed: planned.filter((move) => !known.get(move.to)?.landed),
    replaced: planned.filter((move) => known.get(move.to)?.landed),
  };
}

// The name is part of the order among rows of one key, so that winners may change with it. The windows that did.
async function rename(tx: Tx, pipeline: Pipeline, moves: readonly Planned[], decision: Decision): Promise<string[]> {
  if (moves.length === 0) return [];
  const table = pipeline.cleaned;
  const deliveries = moves.map((move) => move.delivery);
  const ranks = table.key.kind === 'columns';
  if (ranks && isMoving(table)) await rememberKeys(tx, table, `_delivery in (${deliveries.join(', ')})`);
  await tx.run(`delete from weir.origins where pipeline = $1 and origin = any ($2)`, [
    pipeline.name,
    moves.map((move) => move.to),
  ]);
  for (const { from, to, version } of moves) {
    await tx.run(
      `update weir.origins
          set origin = $3, version = $4, state = 'offered',
              moved_from = $2, moved_at = clock_timestamp(), moved_by = $5, moved_why = $6
        where pipeline = $1 and origin = $2`,
      [pipeline.name, from, to, version, decision.by, decision.why],
    );
    await tx.run(`update weir.former_windows set origin = $3 where pipeline = $1 and origin = $2`, [
      pipeline.name,
      from,
      to,
    ]);
  }
  if (!ranks) return [];
  if (isMoving(table)) return startsOf(pipeline, await markKeys(tx, pipeline));
  const starts = await tx.query<{ start: string }>(
    `select distinct window_start as start
       from weir.segment_windows
      where delivery = any ($1) and window_start is not null and rows > 0`,
    [deliveries],
  );
  const shared = await sharedWindows(
    tx,
    pipeline.name,
    nothingOf(deliveries[0]!),
    starts.map((row) => row.start),
  );
  return startsOf(pipeline, await markWindows(tx, pipeline, windowsAt(pipeline, shared)));
}
