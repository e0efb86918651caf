import { isWindowStart } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import { spans } from '../../model/time/spans';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { isWhole } from '../../model/time/window';
import { compiled } from '../ledger/fingerprint';
import { dropStaged } from './staged';
import { appendTouched } from '../ledger/touch';
import type { Database, Tx } from '../postgres/database';
import { relationName } from '../postgres/identifiers';
import { calendarChange } from './calendarChange';
import type { ForeignWindow } from './foreignWindows';
import { refuseSharedKeys } from './sharedKeys';
import { lockCalendar, showWindow, stagesOf } from './publishWindow';

/**
 * Puts one calendar in the place of another, in one transaction: publishes the windows that overlap those of the former, all of which are
 * staged, and takes the rows of the former away, also of those that nothing replaces. Readers see all of the one or all of the other.
 * Where a window is not staged as it should be now, nothing happens. The windows that went.
 */
export async function dropForeign(
  database: Database,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  now: Instant,
): Promise<ForeignWindow[]> {
  return database.tx(async function changeCalendar(tx) {
    const seen = await calendarChange(tx, register, pipeline, now);
    if (seen !== null && seen.waiting.length > 0) return [];
    const windows = seen?.staged.map(({ window }) => window.start) ?? [];
    // The rows of the windows first, then the calendar: the order in which runs take them.
    await lockWindows(tx, pipeline, windows);
    await lockCalendar(tx, pipeline, 'alone');
    const change = await calendarChange(tx, register, pipeline, now);
    if (change !== null) {
      if (change.waiting.length > 0) return [];
      // A window that came in between is not locked.
      if (change.staged.some(({ window }) => !windows.includes(window.start))) return [];
    }
    const { foreign = [], staged = [] } = change ?? {};
    await takeAway(tx, pipeline, foreign);
    const plan = compiled(pipeline);
    for (const run of staged) await showWindow(tx, pipeline, run, plan.code);
    // When all are shown: a key may move from one window to another with the calendar.
    for (const { window } of staged) await refuseSharedKeys(tx, register, pipeline, window, plan);
    await touch(
      tx,
      pipeline,
      foreign,
      staged.map(({ window }) => window),
    );
    // What is left was staged for a calendar that is none any more.
    await dropStaged(tx, pipeline.name, null, stagesOf(pipeline));
    return [...foreign];
  });
}

async function lockWindows(tx: Tx, pipeline: Pipeline, starts: readonly Window['start'][]): Promise<void> {
  await tx.query(
    `select from weir.windows where pipeline = $1 and window_start = any ($2) order by window_start for update`,
    [pipeline.name, starts],
  );
}

/** Rows and ledger of windows of another calendar. One that begins where a window of this one does is left to its publish. */
async function takeAway(tx: Tx, pipeline: Pipeline, foreign: readonly ForeignWindow[]): Promise<void> {
  const gone = foreign.filter(({ window }) => !isWindowStart(pipeline, window.start));
  for (const table of new Set(gone.map((one) => one.table))) {
    const ofTable = gone.filter((one) => one.table === table);
    for (const relation of new Set(ofTable.map((one) => one.relation))) {
      const starts = ofTable.filter((one) => one.relation === relation).map(({ window }) => window.start);
      await tx.run(`delete from ${relationName(relation)} where _window = any ($1)`, [starts]);
      await tx.run(`delete from weir.targets where table_name = $1 and relation = $2 and window_start = any ($3)`, [
        ...[table, relation, starts],
      ]);
    }
  }
  const starts = [...new Set(gone.map(({ window }) => window.start))];
  await tx.run(`delete from weir.published where table_name = any ($1) and window_start = any ($2)`, [
    [pipeline.cleaned, ...pipeline.curated].map((table) => table.tableName),
    starts,
  ]);
  // A window that runs is left to its run.
  await tx.run(
    `delete from weir.windows
      where pipeline = $1
        and window_start in (select window_start from weir.windows
                              where pipeline = $1 and state <> 'running' and window_start = any ($2)
                                for update skip locked)`,
    [pipeline.name, starts],
  );
}

/**
 * What read these tables has something to do, also where a window has the digest that a former one had. A former window within one that
 * is published now is told with it: its own start would touch the very windows that replace it.
 */
async function touch(
  tx: Tx,
  pipeline: Pipeline,
  foreign: readonly ForeignWindow[],
  published: readonly Window[],
): Promise<void> {
  const joined = spans(published);
  const isWithin = (start: Window['start']): boolean =>
    joined.some((window) => isWhole(window) || (window.start <= start && start < window.end));
  const alone = foreign.map(({ window }) => window.start).filter((start) => !isWithin(start));
  const starts = [...new Set([...alone, ...published.map(({ start }) => start)])];
  for (const table of pipeline.curated) await appendTouched(tx, table.tableName, starts);
}
