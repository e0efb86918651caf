import { Cleaner } from '../../cleaning/cleaner';
import { cleaningFingerprint } from '../../model/compile/compile';
import { keyColumns, keyStaysInWindow } from '../../model/definition/key';
import type { Pipeline } from '../../model/definition/pipeline';
import type { WindowCount } from '../../model/run/deadLetter';
import type { Instant } from '../../model/time/time';
import { WHOLE, isWhole, windowAt } from '../../model/time/window';
import type { StepAttempt } from '../ledger/fence';
import { finishOrigin, originStates, withOrigin } from '../ledger/origins';
import type { DeliveryFacts } from '../ledger/segments';
import { deliveryFacts, readSegment } from '../ledger/segments';
import { lockCleaning, touchReached } from '../ledger/touch';
import type { Database, Tx } from '../postgres/database';
import type { Batch } from './batches';
import * as batches from './batches';
import * as winners from './winners';

export interface CleanCounts {
  rows: number;
  deadLetters: number;
}

/** Cleans what of `origin` this code has not cleaned, batch by batch, each batch one transaction; nothing to do costs one query. */
export async function cleanDelivery(
  database: Database,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  attempt: StepAttempt,
  origin: string,
  progress: (details: unknown) => void,
): Promise<CleanCounts> {
  const code = cleaningFingerprint(attempt.claim.order.plan);
  const sum = { rows: 0, deadLetters: 0 };
  for (;;) {
    const more = await withOrigin(database, attempt, origin, async (tx) => {
      const [state] = await originStates(tx, pipeline.name, code, [origin]);
      if (!state || state.delivery === null || (state.owed === 0 && state.cleaned === state.delivery)) return false;
      const delivery = await deliveryFacts(tx, state.delivery);
      const batch = await batches.nextBatch(tx, delivery.id, code);
      const before = sum.rows;
      const context = { database, register, pipeline, delivery, code };
      const counts = await cleanBatch(tx, context, batch, (rows) => progress({ origin, cleaned: before + rows }));
      sum.rows += counts.rows;
      sum.deadLetters += counts.deadLetters;
      return true;
    });
    if (!more) return sum;
  }
}

/** What a batch is cleaned with. */
interface CleanContext {
  readonly database: Database;
  /** Every pipeline that may read the rows. */
  readonly register: readonly Pipeline[];
  readonly pipeline: Pipeline;
  readonly delivery: DeliveryFacts;
  /** The cleaning fingerprint. */
  readonly code: string;
}

/** One transaction's work: what these segments left is replaced by what they hold, winners are marked, windows touched. */
async function cleanBatch(
  tx: Tx,
  { database, register, pipeline, delivery, code }: CleanContext,
  whole: Batch | null,
  progress: (rows: number) => void,
): Promise<CleanCounts> {
  let batch = whole;
  const table = pipeline.cleaned;
  const cleaner = new Cleaner({
    table,
    format: delivery.format,
    fields: delivery.fields,
    grain: pipeline.window,
    delivery: delivery.id,
    expectedRecords: batch ? batch.endRecord - batch.firstRecord : 0,
  });
  const moving = !keyStaysInWindow(table) && keyColumns(table).length > 0;
  // Before rows go, their keys are remembered: a row that they beat comes back.
  if (moving && batch?.replaces) await winners.rememberKeys(tx, table, batches.rangeOf(batch));
  if (moving) await winners.rememberSuperseded(tx, pipeline.name, table, delivery);
  const touched = new Set(await batches.dropSuperseded(tx, table, pipeline.name, delivery.origin, delivery.id));
  const counts = new Map<number, ReadonlyMap<string | null, WindowCount>>();
  if (whole && batch) {
    const target = await batches.prepareTarget(tx, table, batch);
    await batches.deleteDeadLetters(tx, batch);
    // Reading needs a connection of its own: this one is busy with COPY in the other direction.
    await database.tx(async (reader) => {
      await batches.copyRows(tx, table, target, rowsOf(cleaner, reader, whole, counts, progress));
    });
    batch = batches.cutBatch(batch, counts.size, cleaner.records);
    await batches.insertDeadLetters(tx, pipeline.name, delivery.id, cleaner.takeDeadLetters());
    await lockCleaning(tx, table.tableName);
    const home = target.attach ?? target.table;
    const clustered = await batches.isClustered(tx, table, target);
    // Before the index is made: until then an update has none to keep.
    if (cleaner.candidatesComplete) await winners.markWithinBatch(tx, table, home, batch, cleaner.candidates);
    await batches.indexTarget(tx, table, target, clustered);
    await batches.attachTarget(tx, table, target, batch);
    for (const start of await batches.recordBatch(tx, batch, code, counts)) touched.add(start);
  } else await lockCleaning(tx, table.tableName);
  for (const windows of counts.values()) for (const start of windows.keys()) if (start !== null) touched.add(start);
  for (const start of await markAcross(
    tx,
    pipeline,
    batch ?? emptyBatch(delivery.id),
    [...touched],
    moving,
    cleaner.candidatesComplete,
  ))
    touched.add(start);
  await touchReached(tx, register, table, [...touched]);
  await finishOrigin(tx, pipeline.name, delivery, code);
  return { rows: cleaner.rows, deadLetters: cleaner.records - cleaner.rows };
}

/** Dead letters wait in memory while the connection is busy with the rows' COPY; past this many the batch ends early. */
const MANY_DEAD_LETTERS = 50_000;

// The rows of a batch as COPY data. Returns where it ended: at the batch's end, or earlier where dead letters are many.
async function* rowsOf(
  cleaner: Cleaner,
  reader: Tx,
  batch: Batch,
  counts: Map<number, ReadonlyMap<string | null, WindowCount>>,
  progress: (rows: number) => void,
): AsyncGenerator<Buffer> {
  let next = readSegment(reader, batch.delivery, batch.fromOrdinal);
  for (let ordinal = batch.fromOrdinal; ordinal < batch.toOrdinal; ordinal++) {
    const segment = await next;
    // Read ahead: the next segment arrives while this one is cleaned.
    if (ordinal + 1 < batch.toOrdinal) next = readSegment(reader, batch.delivery, ordinal + 1);
    yield* cleaner.feed(segment);
    counts.set(ordinal, cleaner.takeWindows());
    progress(cleaner.rows);
    if (cleaner.records - cleaner.rows > MANY_DEAD_LETTERS) {
      await next;
      break;
    }
  }
  yield cleaner.finish();
}

/** Winners among rows of different batches: in shared windows for keys that hold the event time, by key for those that move. */
async function markAcross(
  tx: Tx,
  pipeline: Pipeline,
  batch: Batch,
  touched: readonly string[],
  moving: boolean,
  complete: boolean,
): Promise<string[]> {
  const table = pipeline.cleaned;
  if (keyColumns(table).length === 0) return [];
  if (moving) {
    await winners.rememberKeys(tx, table, batches.rangeOf(batch));
    return (await winners.markKeys(tx, table)).map((at) => windowStart(pipeline, at));
  }
  const shared = complete ? await winners.sharedWindows(tx, pipeline.name, batch, touched) : touched;
  await winners.markWindows(
    tx,
    table,
    shared.map((start) => (start === '-infinity' ? WHOLE : windowAt(pipeline.window, start as Instant))),
  );
  return [];
}

function windowStart(pipeline: Pipeline, eventTime: string): string {
  const window = pipeline.window === 'whole' ? WHOLE : windowAt(pipeline.window, eventTime as Instant);
  return isWhole(window) ? '-infinity' : window.start;
}

const emptyBatch = (delivery: number): Batch => ({
  delivery,
  fromOrdinal: 0,
  toOrdinal: 0,
  firstRecord: 0,
  endRecord: 0,
  replaces: false,
});
