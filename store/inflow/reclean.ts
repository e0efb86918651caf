import { cleaningFingerprint } from '../../model/compile/compile';
import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent } from '../../model/definition/sql';
import { Busy, Misused } from '../../model/run/errors';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { isWhole, windowAt } from '../../model/time/window';
import { countAnew, deleteLetters, deleteRows, keepCounts } from '../standing/counts';
import { compiled } from '../ledger/fingerprint';
import type { Decision } from '../ledger/originLife';
import { withOriginByHand } from '../ledger/origins';
import { deliveryFacts } from '../ledger/segments';
import { appendTouched, lockCleaning } from '../ledger/touch';
import type { Database, Tx } from '../postgres/database';
import { physical } from '../postgres/identifiers';
import { addColumns } from '../schema/addDropColumns';
import { nextBatch } from './batches';
import { cleanBatch } from './cleanDelivery';
import { isCutOtherwise } from './recut';

/** A delivery that counts: what its origin has now. */
export interface LiveDelivery {
  readonly id: number;
  readonly origin: string;
}

export interface Recleaned extends LiveDelivery {
  readonly segments: number;
  readonly rows: number;
  readonly deadLetters: number;
}

/** Condition: an origin whose newest delivery is the one that counts; else a run is on its way from one to the other. */
const SETTLED = '(delivery = cleaned or (delivery is not null and cleaned is null))';

/** The deliveries of `pipeline` that count: all, the one of an id, or those with records or rows in a range. */
export async function liveDeliveries(
  database: Database,
  pipeline: Pipeline,
  which: { readonly id: number } | { readonly range: Window },
): Promise<LiveDelivery[]> {
  const all = await database.query<LiveDelivery>(
    `select delivery as id, origin from weir.origins where pipeline = $1 and ${SETTLED} order by origin collate "C"`,
    [pipeline.name],
  );
  if ('id' in which) return all.filter(({ id }) => id === which.id);
  const { range } = which;
  const { eventTime, tableName } = pipeline.cleaned;
  if (isWhole(range) || !eventTime) return all;
  // By the ledger and by the rows as they stand: a damaged row may lie where its delivery never had one. Marked by hand: wherever.
  const there = await database.query<{ id: number }>(
    `select w.delivery as id
       from weir.segment_windows w
      where w.delivery = any ($3) and (w.window_start is null or (w.window_start >= $1 and w.window_start < $2))
      union
     select _delivery
       from ${physical.cleaned(tableName)}
      where ${quoteIdent(eventTime)} >= $1 and ${quoteIdent(eventTime)} < $2
      union
     select delivery from weir.segments where delivery = any ($3) and cleaned_by is null`,
    [range.start, range.end, all.map(({ id }) => id)],
  );
  const ids = new Set(there.map(({ id }) => id));
  return all.filter(({ id }) => ids.has(id));
}

/**
 * Cleans a delivery again from raw, whatever its rows and dead letters are now, in one transaction: all of it or nothing. Every window
 * that it holds rows of, or held by damage, is touched. @throws Busy while a run is at work on its origin.
 */
export async function reclean(
  database: Database,
  pipeline: Pipeline,
  { id, origin }: LiveDelivery,
  decision: Decision,
  progress: (rows: number) => void,
): Promise<Recleaned> {
  // A decision may come before `apply` has added what the definition declares anew.
  await addColumns(database, [pipeline]);
  return withOriginByHand(database, pipeline.name, origin, async (tx) => {
    await lockCleaning(tx, pipeline.cleaned.tableName);
    const still = await tx.query(
      `select from weir.origins where pipeline = $1 and origin = $2 and delivery = $3 and ${SETTLED}`,
      [pipeline.name, origin, id],
    );
    if (still.length === 0)
      throw new Busy(`${origin} has a newer delivery than ${id}, which takes its place`, {
        next: 'nothing: the next run cleans the newer one',
        stillTrue: 'nothing of this delivery was changed',
      });
    await tx.run(
      `update weir.origins set recleaned_at = clock_timestamp(), recleaned_by = $3, recleaned_why = $4
        where pipeline = $1 and origin = $2`,
      [pipeline.name, origin, decision.by, decision.why],
    );
    return cleanAgain(tx, { database, pipeline }, { id, origin }, progress);
  });
}

/** Counts the records of `pipeline` anew: damage changes rows, and no count that is kept. */
export const recount = (database: Database, pipeline: Pipeline): Promise<void> =>
  database.tx((tx) => countAnew(tx, pipeline));

/** `reclean` in a transaction that has the origin's lock and the one on cleaning. */
export async function cleanAgain(
  tx: Tx,
  { database, pipeline }: { readonly database: Database; readonly pipeline: Pipeline },
  { id, origin }: LiveDelivery,
  progress: (rows: number) => void,
): Promise<Recleaned> {
  const delivery = await deliveryFacts(tx, id);
  if (isCutOtherwise(pipeline, delivery.framing))
    throw new Misused(`${origin} is cut into records by another dialect than ${pipeline.name} has now`, {
      next: `weir plan ${pipeline.name}, then apply: a run cuts it again, from raw`,
      stillTrue: 'nothing of this delivery was changed',
    });
  const code = cleaningFingerprint(compiled(pipeline));
  // Read under the lock, after whoever cleaned before has committed.
  await appendTouched(tx, pipeline.cleaned.tableName, await windowsOf(tx, pipeline, id));
  await keepCounts(tx);
  const segments = await tx.run(`update weir.segments set cleaned_by = null where delivery = $1`, [id]);
  await dropStrays(tx, pipeline, id);
  const sum = { rows: 0, deadLetters: 0 };
  for (;;) {
    const batch = await nextBatch(tx, id, code);
    if (!batch) return { id, origin, segments, ...sum };
    const before = sum.rows;
    // Marked above in this transaction: its rows and dead letters are still there, also where the ledger's counts of them are not.
    const counts = await cleanBatch(tx, { database, pipeline, delivery, code }, { ...batch, replaces: true }, (rows) =>
      progress(before + rows),
    );
    sum.rows += counts.rows;
    sum.deadLetters += counts.deadLetters;
  }
}

/** The starts of the windows in which rows of a delivery lie as they stand. */
async function windowsOf(tx: Tx, pipeline: Pipeline, delivery: number): Promise<string[]> {
  const { eventTime, tableName } = pipeline.cleaned;
  const { window } = pipeline;
  if (window === 'whole' || !eventTime) return ['-infinity'];
  const rows = await tx.query<{ at: Instant }>(
    `select distinct ${quoteIdent(eventTime)} as at from ${physical.cleaned(tableName)} where _delivery = $1`,
    [delivery],
  );
  return [...new Set(rows.map(({ at }) => windowAt(window, at).start))];
}

/** Rows and dead letters of records that the delivery does not have: no segment would replace them. */
async function dropStrays(tx: Tx, pipeline: Pipeline, delivery: number): Promise<void> {
  const records = `(select coalesce(max(first_record + records), 0) from weir.segments where delivery = $1)`;
  await deleteRows(tx, pipeline, `_delivery = $1 and (_record < 0 or _record >= ${records})`, [delivery]);
  await deleteLetters(tx, pipeline, `delivery = $1 and (record < 0 or record >= ${records})`, [delivery]);
}
