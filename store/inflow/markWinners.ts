import { keyColumns, keyStaysInWindow } from '../../model/definition/key';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Cleaned } from '../../model/definition/table';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, isWhole, windowAt } from '../../model/time/window';
import { lockCleaning } from '../ledger/touch';
import type { Tx } from '../postgres/database';
import type { Batch } from './batches';
import { rangeOf } from './batches';
import { changedWindows, deliverySums, forgetFormer, formerSums } from './changes';
import type { CleanContext, Written } from './cleanContext';
import * as movingKeys from './movingKeys';
import { beatenTimes, markWindows, sharedWindows } from './winners';

/** True when rows of one key may lie in different windows. */
export const isMoving = (table: Cleaned): boolean => keyColumns(table).length > 0 && !keyStaysInWindow(table);

/** Before rows of a key that may move go away, remembers their keys: a row that they beat comes back. */
export async function rememberRowsToGo(
  tx: Tx,
  { pipeline, delivery }: CleanContext,
  batch: Batch | null,
): Promise<void> {
  const table = pipeline.cleaned;
  const old = await movingKeys.supersededRows(tx, pipeline.name, delivery);
  if (!batch?.replaces && old === null) return;
  // What is live now is compared with what is live afterwards: nobody else may change it in between.
  await lockCleaning(tx, table.tableName);
  if (batch?.replaces) await movingKeys.rememberKeys(tx, table, rangeOf(batch));
  if (old !== null) await movingKeys.rememberKeys(tx, table, old);
}

/**
 * Marks the winners among rows of different batches, and tells the starts of the windows whose rows changed. Keys that hold the event time
 * are ranked in the windows that others share; those that may move, wherever their rows are.
 */
export async function markWinners(
  tx: Tx,
  context: CleanContext,
  dropped: readonly string[],
  written: Written | null,
  finished: boolean,
): Promise<string[]> {
  const { pipeline, delivery, code } = context;
  const table = pipeline.cleaned;
  if (isMoving(table)) {
    if (written) await movingKeys.rememberKeys(tx, table, rangeOf(written.batch), written.batch);
    const changed = await movingKeys.markKeys(tx, pipeline);
    if (finished) await forgetFormer(tx, pipeline.name, delivery.origin);
    // A null in a key equals nothing that can be looked up: rows that have one are told by their sums.
    const nullable = keyColumns(table).some((column) => table.columns[column]!.facts.nullable);
    const bySums = nullable ? [...dropped, ...(written ? changedWindows(written.former, written.sums) : [])] : [];
    return [...new Set([...startsOf(pipeline, changed), ...bySums])];
  }
  const here = new Set([...dropped, ...(written ? [...written.former.keys(), ...written.sums.keys()] : [])]);
  if (keyColumns(table).length > 0) {
    const batch = written?.batch ?? nothingOf(delivery.id);
    const ranked = written && !written.marked ? [...here] : await sharedWindows(tx, pipeline.name, batch, [...here]);
    await markWindows(tx, pipeline, windowsAt(pipeline, ranked));
  }
  const superseded = await formerSums(tx, pipeline.name, delivery.origin, code);
  // Cleaned again by other code: the same rows may have other winners, so sums cannot tell.
  if (superseded === null) return written?.batch.replaces ? [...here] : [...(written?.sums.keys() ?? [])];
  // Nobody can refresh until all of it is cleaned: then what changed is known, and told at once.
  if (!finished) return [];
  await forgetFormer(tx, pipeline.name, delivery.origin);
  const changed = changedWindows(superseded, await deliverySums(tx, delivery.id));
  return [...new Set([...changed, ...startsOf(pipeline, await orderMatters(tx, table, delivery.id))])];
}

// Where rows of one delivery beat each other, their order in it decides, and sums do not see an order. Exact repeats are alike.
const orderMatters = async (tx: Tx, table: Cleaned, delivery: number): Promise<string[]> =>
  table.key.kind === 'columns' ? beatenTimes(tx, table, delivery) : [];

/** The windows that begin at `starts`. */
export const windowsAt = (pipeline: Pipeline, starts: readonly string[]): Window[] =>
  starts.map((start) => (start === '-infinity' ? WHOLE : windowAt(pipeline.window, start as Instant)));

/** The starts of the windows that these event times lie in. */
export const startsOf = (pipeline: Pipeline, times: readonly string[]): string[] => [
  ...new Set(
    times.map((time) => {
      const window = time === '-infinity' ? WHOLE : windowAt(pipeline.window, time as Instant);
      return isWhole(window) ? '-infinity' : window.start;
    }),
  ),
];

/** A batch of no records. */
export const nothingOf = (delivery: number): Batch => ({
  delivery,
  fromOrdinal: 0,
  toOrdinal: 0,
  firstRecord: 0,
  endRecord: 0,
  replaces: false,
});
