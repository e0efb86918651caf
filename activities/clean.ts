import { Cleaner } from '../cleaning/cleaner';
import { cleaningFingerprint } from '../model/compile/compile';
import { reachedBy } from '../model/compile/reach';
import { keyColumns, keyStaysInWindow } from '../model/definition/key';
import type { Pipeline } from '../model/definition/pipeline';
import type { Cleaned } from '../model/definition/table';
import type { WindowCount } from '../model/run/deadLetter';
import type { Instant } from '../model/time/time';
import { isWhole, windowAt, WHOLE } from '../model/time/window';
import type { Batch } from '../store/inflow/batches';
import * as cleaning from '../store/inflow/batches';
import * as winners from '../store/inflow/winners';
import type { StepAttempt } from '../store/ledger/fence';
import { originStates, withOrigin } from '../store/ledger/origins';
import type { DeliveryFacts } from '../store/ledger/segments';
import { deliveryFacts, readSegment } from '../store/ledger/segments';
import { lockCleaning, touch, touchAll } from '../store/ledger/touch';
import type { Tx } from '../store/postgres/database';
import type { ActivityDependencies } from './context';

interface CleanCounts {
  rows: number;
  deadLetters: number;
}

/** Cleans what of `origin` this code has not cleaned, batch by batch, each batch one transaction; nothing to do costs one query. */
export async function cleanDelivery(
  room: ActivityDependencies,
  pipeline: Pipeline,
  attempt: StepAttempt,
  origin: string,
  progress: (details: unknown) => void,
): Promise<CleanCounts> {
  const code = cleaningFingerprint(attempt.claim.order.plan);
  const sum = { rows: 0, deadLetters: 0 };
  for (;;) {
    const more = await withOrigin(room.database, attempt, origin, async (tx) => {
      const [state] = await originStates(tx, pipeline.name, code, [origin]);
      if (!state || state.delivery === null || (state.owed === 0 && state.cleaned === state.delivery)) return false;
      const delivery = await deliveryFacts(tx, state.delivery);
      const batch = await cleaning.nextBatch(tx, delivery.id, code);
      const before = sum.rows;
      const counts = await cleanBatch(room, tx, pipeline, delivery, batch, code, (rows) =>
        progress({ origin, cleaned: before + rows }),
      );
      sum.rows += counts.rows;
      sum.deadLetters += counts.deadLetters;
      return true;
    });
    if (!more) return sum;
  }
}

async function cleanBatch(
  room: ActivityDependencies,
  tx: Tx,
  pipeline: Pipeline,
  delivery: DeliveryFacts,
  batch: Batch | null,
  code: string,
  progress: (rows: number) => void,
): Promise<CleanCounts> {
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
  if (moving && batch?.replaces) await winners.rememberKeys(tx, table, cleaning.rangeOf(batch));
  if (moving) await rememberSuperseded(tx, pipeline, delivery);
  const touched = new Set(await cleaning.dropSuperseded(tx, table, pipeline.name, delivery.origin, delivery.id));
  const counts = new Map<number, ReadonlyMap<string | null, WindowCount>>();
  if (batch) {
    const target = await cleaning.prepareTarget(tx, table, batch);
    await cleaning.deleteDeadLetters(tx, batch);
    const whole = batch;
    // Reading needs a connection of its own: this one is busy with COPY in the other direction.
    await room.database.tx(async (reader) => {
      await cleaning.copyRows(tx, table, target, rowsOf(cleaner, reader, whole, counts, progress));
    });
    batch = cleaning.cutBatch(batch, counts.size, cleaner.records);
    await cleaning.insertDeadLetters(tx, pipeline.name, delivery.id, cleaner.takeDeadLetters());
    await lockCleaning(tx, table.tableName);
    const home = target.attach ?? target.table;
    const clustered = await cleaning.isClustered(tx, table, target);
    // Before there is an index to keep.
    if (cleaner.candidatesComplete) await winners.markWithinBatch(tx, table, home, batch, cleaner.candidates);
    await cleaning.indexTarget(tx, table, target, clustered);
    await cleaning.attachTarget(tx, table, target, batch);
    for (const start of await cleaning.recordBatch(tx, batch, code, counts)) touched.add(start);
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
  await touchReached(tx, room, table, [...touched]);
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
    await winners.rememberKeys(tx, table, cleaning.rangeOf(batch));
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

async function rememberSuperseded(tx: Tx, pipeline: Pipeline, delivery: DeliveryFacts): Promise<void> {
  const old = await tx.query<{ id: number }>(
    `select id from weir.deliveries where pipeline = $1 and origin = $2 and id <> $3`,
    [pipeline.name, delivery.origin, delivery.id],
  );
  if (old.length > 0)
    await winners.rememberKeys(tx, pipeline.cleaned, `_delivery in (${old.map((row) => row.id).join(', ')})`);
}

async function touchReached(
  tx: Tx,
  room: ActivityDependencies,
  table: Cleaned,
  starts: readonly string[],
): Promise<void> {
  const reached = reachedBy(room.register, table, starts);
  const windows = reached.flatMap(({ pipeline, windows: some }) =>
    some === 'all' ? [] : some.map((window) => ({ pipeline, ...window })),
  );
  await touch(
    tx,
    windows.sort((a, b) => (a.pipeline + a.start < b.pipeline + b.start ? -1 : 1)),
  );
  for (const { pipeline, windows: some } of reached) if (some === 'all') await touchAll(tx, pipeline);
}

async function finishOrigin(tx: Tx, pipeline: string, delivery: DeliveryFacts, code: string): Promise<void> {
  await tx.query(
    `update weir.origins set cleaned = $3
      where pipeline = $1 and origin = $2
        and not exists (select from weir.segments where delivery = $3 and cleaned_by is distinct from $4)`,
    [pipeline, delivery.origin, delivery.id, code],
  );
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
