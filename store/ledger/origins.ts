import type { Offer } from '../../model/definition/source';
import type { Claim } from '../../model/run/claim';
import { Busy } from '../../model/run/errors';
import type { Window } from '../../model/time/window';
import type { Database, Tx } from '../postgres/database';

/** What the ledger knows of an origin. */
export interface OriginState {
  readonly origin: string;
  readonly state: 'offered' | 'vanished' | 'retired';
  readonly version: string | null;
  readonly delivery: number | null;
  readonly cleaned: number | null;
  /** Some of the delivery that counts is not cleaned by the code that asks. */
  readonly owed: boolean;
}

/** The states of `origins`, owed as seen by the cleaning fingerprint `code`. */
export async function originStates(
  on: Pick<Tx, 'query'>,
  pipeline: string,
  code: string,
  origins: readonly string[],
): Promise<OriginState[]> {
  return on.query<OriginState>(
    `select o.origin, o.state, o.version, o.delivery, o.cleaned,
            d.cleaned_by is distinct from $2
            and exists (select from weir.segments s where s.delivery = d.id and s.cleaned_by is distinct from $2) as owed
       from weir.origins o
  left join weir.deliveries d on d.id = o.delivery
      where o.pipeline = $1
        and o.origin = any ($3)
   order by o.origin collate "C"`,
    [pipeline, code, origins],
  );
}

/** True when nothing is left to do for this state: the version is read and its delivery is cleaned by `code`. */
const isUpToDate = (state: OriginState | undefined, version: string | null): boolean =>
  state !== undefined &&
  (version === null || state.version === version) &&
  state.delivery !== null &&
  !state.owed &&
  state.cleaned === state.delivery;

/**
 * Origins with work to do, offered ones first: those whose offered version is not landed and cleaned by `code`, and those that other code
 * cleaned, or whose cleaning stopped in the middle, or that another dialect cut into records, since no window may be refreshed before they are through.
 */
export async function owedOrigins(
  on: Pick<Tx, 'query'>,
  pipeline: string,
  code: string,
  framing: string,
  offers: readonly Offer[],
): Promise<string[]> {
  const offered = offers.map((offer) => offer.origin);
  const states = new Map((await originStates(on, pipeline, code, offered)).map((state) => [state.origin, state]));
  const owed = offers.filter(({ origin, version }) => {
    const state = states.get(origin);
    return state?.state !== 'retired' && !isUpToDate(state, version);
  });
  const between = await betweenStates(on, [pipeline], { pipeline, code });
  const unfinished = [...between, ...(await cutOtherwise(on, pipeline, framing))];
  return [...new Set([...owed, ...unfinished].map(({ origin }) => origin))];
}

/**
 * Origins of which the delivery that counts is cleaned in part, or by several codes; of one pipeline also those that are cleaned by another code than `code`.
 * Three ranges of an index, however many deliveries there are.
 */
export function betweenStates(
  on: Pick<Tx, 'query'>,
  pipelines: readonly string[],
  own: { readonly pipeline: string; readonly code: string },
  limit: number | null = null,
): Promise<{ pipeline: string; origin: string }[]> {
  return on.query(
    `select o.pipeline, o.origin
       from (select id, pipeline, origin from weir.deliveries where pipeline = any ($1) and cleaned_by is null
              union all
             select id, pipeline, origin from weir.deliveries where pipeline = $2 and cleaned_by > '' and cleaned_by < $3
              union all
             select id, pipeline, origin from weir.deliveries where pipeline = $2 and cleaned_by > $3) d
       join weir.origins o on o.pipeline = d.pipeline and o.origin = d.origin and o.delivery = d.id
      limit $4`,
    [pipelines, own.pipeline, own.code, limit],
  );
}

/**
 * Origins of a delivery that another dialect cut into records, and of which no segment tells that it is owed: it has none, or none was cleaned,
 * since that dialect was wrong. Their source may be gone by now.
 */
const cutOtherwise = (on: Pick<Tx, 'query'>, pipeline: string, framing: string): Promise<{ origin: string }[]> =>
  on.query(
    `select o.origin
       from (select id, pipeline, origin from weir.deliveries where pipeline = $1 and records = 0 and framing <> $2
              union
             select id, pipeline, origin from weir.deliveries where pipeline = $1 and cleaned_by = '' and framing <> $2) d
       join weir.origins o on o.pipeline = d.pipeline and o.origin = d.origin and o.delivery = d.id`,
    [pipeline, framing],
  );

/** Origins that the ledger has as cleaned and of which no segment is: somebody marked them so by hand. */
export function markedUncleaned(on: Pick<Tx, 'query'>, pipeline: string): Promise<{ origin: string }[]> {
  return on.query(
    `select o.origin
       from weir.deliveries d
       join weir.origins o on o.pipeline = d.pipeline and o.origin = d.origin and o.delivery = d.id and o.cleaned = d.id
      where d.pipeline = $1 and d.cleaned_by = '' and exists (select from weir.segments s where s.delivery = d.id)`,
    [pipeline],
  );
}

/** Deliveries that are landed and not cleaned to their end, oldest first, each with what the run that landed it was for. */
export async function waitingDeliveries(
  on: Pick<Tx, 'query'>,
  pipeline: string,
): Promise<{ origin: string; window: Window }[]> {
  const rows = await on.query<Window & { origin: string }>(
    `select o.origin, r.window_start as start, r.window_end as "end"
       from weir.origins o
       join weir.deliveries d on d.id = o.delivery
       join weir.runs r on r.epoch = d.epoch
      where o.pipeline = $1 and o.delivery is distinct from o.cleaned
   order by o.delivery`,
    [pipeline],
  );
  return rows.map(({ origin, ...window }) => ({ origin, window }));
}

/** Records that all of `delivery` is cleaned by `code`, when it is; true then. */
export async function finishOrigin(
  tx: Tx,
  pipeline: string,
  delivery: { readonly id: number; readonly origin: string },
  code: string,
): Promise<boolean> {
  const done = await tx.run(
    `update weir.origins set cleaned = $3
      where pipeline = $1 and origin = $2
        and not exists (select from weir.segments where delivery = $3 and cleaned_by is distinct from $4)`,
    [pipeline, delivery.origin, delivery.id, code],
  );
  return done > 0;
}

/** The name of the lock under which an origin is landed, cleaned, moved or retired. */
export const originLock = (pipeline: string, origin: string): string => `o:${pipeline}/${origin}`;

/**
 * Runs `body` as the only one who lands or cleans `origin`, in one transaction.
 * The lock lives and dies with the transaction, so a crashed holder frees it at once. A holder that is stopped is ended by its own
 * successor (the next attempt), or by anyone once its run is closed. @throws Busy while somebody else is at work.
 */
export async function withOrigin<T>(
  database: Database,
  at: { claim: Claim; step: number; attempt: number; signal?: AbortSignal },
  origin: string,
  body: (tx: Tx) => Promise<T>,
): Promise<T> {
  const pipeline = at.claim.order.plan.pipeline;
  const holder = { what: originLock(pipeline, origin), epoch: at.claim.epoch, step: at.step, attempt: at.attempt };
  await database.query(`insert into weir.origins (pipeline, origin) values ($1, $2) on conflict do nothing`, [
    pipeline,
    origin,
  ]);
  return database.tx(
    async (tx) => {
      const [lock] = await tx.query<{ mine: boolean }>(
        `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as mine`,
        [holder.what],
      );
      if (!lock!.mine) {
        await endDeadHolder(database, holder);
        throw new Busy(`${origin} is being landed or cleaned by another run; this one waits`);
      }
      return body(tx);
    },
    { ...(at.signal && { signal: at.signal }), holder: { ...holder } },
  );
}

/**
 * The same for a command, which has no run: nobody ends its session, since nobody takes over from it; it frees the origin when it ends.
 * @throws Busy while a run lands or cleans `origin`.
 */
export function withOriginByHand<T>(
  database: Database,
  pipeline: string,
  origin: string,
  body: (tx: Tx) => Promise<T>,
): Promise<T> {
  return database.tx(async (tx) => {
    const [lock] = await tx.query<{ mine: boolean }>(
      `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as mine`,
      [originLock(pipeline, origin)],
    );
    if (!lock!.mine)
      throw new Busy(`${origin} is being landed or cleaned by a run`, {
        next: 'the same command again, when that run has ended',
        stillTrue: 'nothing of this delivery was changed',
      });
    return body(tx);
  });
}

async function endDeadHolder(
  database: Database,
  mine: { what: string; epoch: number; step: number; attempt: number },
): Promise<void> {
  const rows = await database.query<{ epoch: string }>(`select epoch from weir.runs where state = 'running'`);
  const open = new Set(rows.map((row) => Number(row.epoch)));
  await database.endSessions(
    mine.what,
    // An earlier attempt of this very step, or a run that is closed.
    (other) =>
      (other.epoch === mine.epoch &&
        (other.step < mine.step || (other.step === mine.step && other.attempt < mine.attempt))) ||
      !open.has(other.epoch),
  );
}
