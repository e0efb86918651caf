import { Cleaner } from '../../cleaning/cleaner';
import { readingOf } from '../../cleaning/framing/reading';
import { cleaningFingerprint } from '../../model/compile/compile';
import { cleanedHistory } from '../../model/definition/history';
import { pathValuesOf } from '../../model/definition/paths/pathColumns';
import type { Pipeline } from '../../model/definition/pipeline';
import type { AbsentField } from '../../model/run/absentField';
import type { WindowCount } from '../../model/run/deadLetter';
import type { FoundFields } from '../../model/run/foundFields';
import { addCounts, keepCounts, settleCounts } from '../standing/counts';
import type { StepAttempt } from '../ledger/fence';
import { finishOrigin, originStates, withOrigin } from '../ledger/origins';
import { deliveryFacts, readSegment } from '../ledger/segments';
import { appendTouched, lockCleaning } from '../ledger/touch';
import type { Database, Tx } from '../postgres/database';
import { AbsentFields } from './absentFields';
import type { Batch } from './batches';
import * as batches from './batches';
import { recordFields } from '../contract/recordFields';
import { sumsOfCounts } from './changes';
import type { CleanContext, Written } from './cleanContext';
import { isMoving, markWinners, rememberRowsToGo } from './markWinners';
import { markWithinBatch } from './winners';

export interface CleanCounts {
  rows: number;
  deadLetters: number;
}

interface CleanedDelivery extends CleanCounts {
  /** Columns whose field no record of the delivery has; none where this call did not clean all of it. */
  readonly absent: readonly AbsentField[];
}

/** Cleans what of `origin` this code has not cleaned, batch by batch, each batch one transaction; nothing to do costs one query. */
export async function cleanDelivery(
  database: Database,
  pipeline: Pipeline,
  attempt: StepAttempt,
  origin: string,
  progress: (details: unknown) => void,
): Promise<CleanedDelivery> {
  const code = cleaningFingerprint(attempt.claim.order.plan);
  const sum = { rows: 0, deadLetters: 0 };
  const absent = new AbsentFields();
  for (;;) {
    const more = await withOrigin(database, attempt, origin, async (tx) => {
      const [state] = await originStates(tx, pipeline.name, code, [origin]);
      if (!state || state.delivery === null || (!state.owed && state.cleaned === state.delivery)) return false;
      const delivery = await deliveryFacts(tx, state.delivery);
      const batch = await batches.nextBatch(tx, delivery.id, code);
      const before = sum.rows;
      const context = { database, pipeline, delivery, code };
      const counts = await cleanBatch(tx, context, batch, (rows) => progress({ origin, cleaned: before + rows }));
      sum.rows += counts.rows;
      sum.deadLetters += counts.deadLetters;
      if ('absent' in counts) absent.add(delivery, counts);
      return true;
    });
    if (!more) return { ...sum, absent: absent.columns };
  }
}

/** One transaction's work: what these segments left is replaced by what they hold, winners are marked, changed windows touched. */
export async function cleanBatch(
  tx: Tx,
  context: CleanContext,
  batch: Batch | null,
  progress: (rows: number) => void,
): Promise<Written | CleanCounts> {
  const { pipeline, delivery, code } = context;
  const table = pipeline.cleaned;
  await keepCounts(tx);
  if (isMoving(table)) await rememberRowsToGo(tx, context, batch);
  const dropped = await batches.dropSuperseded(tx, pipeline, delivery);
  const written = batch && (await writeBatch(tx, context, batch, progress));
  if (!written) await lockCleaning(tx, table.tableName);
  const finished = await finishOrigin(tx, pipeline.name, delivery, code);
  await appendTouched(tx, table.tableName, await markWinners(tx, context, dropped, written, finished));
  await settleCounts(tx, pipeline);
  return written ?? { rows: 0, deadLetters: 0 };
}

/** Rows and dead letters of a batch, in the place of what its segments left. */
async function writeBatch(
  tx: Tx,
  { database, pipeline, delivery, code }: CleanContext,
  whole: Batch,
  progress: (rows: number) => void,
): Promise<Written> {
  const table = pipeline.cleaned;
  const history = cleanedHistory(pipeline);
  const cleaner = new Cleaner({
    table,
    ...readingOf(delivery, pipeline.source.dialect),
    path: pathValuesOf(pipeline, delivery.origin),
    grain: pipeline.window,
    ...(history && { history }),
    delivery: delivery.id,
    expectedRecords: whole.endRecord - whole.firstRecord,
  });
  const counts = new Map<number, ReadonlyMap<string | null, WindowCount>>();
  const found = new Map<number, FoundFields>();
  const target = await batches.prepareTarget(tx, pipeline, whole);
  await batches.deleteDeadLetters(tx, pipeline, whole);
  // Reading needs a connection of its own: this one is busy with COPY in the other direction.
  await database.tx(async (reader) => {
    await batches.copyRows(tx, table, target, rowsOf(cleaner, reader, whole, { counts, found }, progress));
  });
  const batch = batches.cutBatch(whole, counts.size, cleaner.records);
  await batches.insertDeadLetters(tx, pipeline.name, delivery.id, cleaner.takeDeadLetters());
  await lockCleaning(tx, table.tableName);
  const clustered = await batches.isClustered(tx, table, target);
  // Marked before the indexes are made, which would have to be kept up to date.
  const marked = cleaner.candidatesComplete;
  if (marked) await markWithinBatch(tx, pipeline, target.attach ?? target.table, batch, cleaner.candidates);
  await batches.indexTarget(tx, table, target, clustered);
  await batches.attachTarget(tx, table, target, batch);
  const { former, newRecords } = await batches.recordBatch(tx, batch, code, counts);
  await recordFields(tx, batch, found);
  const { rows, absent } = cleaner;
  await addCounts(tx, pipeline, { records: newRecords, live: rows, dead: cleaner.records - rows });
  return {
    batch,
    rows,
    deadLetters: cleaner.records - rows,
    absent,
    former,
    sums: sumsOfCounts(counts.values()),
    marked,
  };
}

/** Dead letters wait in memory while the connection is busy with the rows' COPY; past this many the batch ends early. */
const MANY_DEAD_LETTERS = 50_000;

/** What cleaning says of each segment, by its ordinal. */
interface Told {
  readonly counts: Map<number, ReadonlyMap<string | null, WindowCount>>;
  readonly found: Map<number, FoundFields>;
}

// The rows of a batch as COPY data. Returns where it ended: at the batch's end, or earlier where dead letters are many.
async function* rowsOf(
  cleaner: Cleaner,
  reader: Tx,
  batch: Batch,
  { counts, found }: Told,
  progress: (rows: number) => void,
): AsyncGenerator<Buffer> {
  let next = readSegment(reader, batch.delivery, batch.fromOrdinal);
  for (let ordinal = batch.fromOrdinal; ordinal < batch.toOrdinal; ordinal++) {
    const segment = await next;
    // Read ahead: the next segment arrives while this one is cleaned.
    if (ordinal + 1 < batch.toOrdinal) next = readSegment(reader, batch.delivery, ordinal + 1);
    yield* cleaner.feed(segment);
    counts.set(ordinal, cleaner.takeWindows());
    found.set(ordinal, cleaner.takeFields());
    progress(cleaner.rows);
    if (cleaner.records - cleaner.rows > MANY_DEAD_LETTERS) {
      await next;
      break;
    }
  }
  yield cleaner.finish();
}
