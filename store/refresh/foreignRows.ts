import { isWindowStart } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import type { Curated } from '../../model/definition/table';
import type { Instant } from '../../model/time/time';
import { millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { WHOLE, isWhole, split } from '../../model/time/window';
import { compiled } from '../ledger/fingerprint';
import { targetsOfTable } from '../ledger/targets';
import { appendTouched } from '../ledger/touch';
import { knownWindows } from '../ledger/windows';
import type { Database, Tx } from '../postgres/database';
import { relationName } from '../postgres/identifiers';
import type { ForeignWindow } from './foreignWindows';
import { foreignWindows } from './foreignWindows';

/**
 * In the transaction that publishes `window`: takes away what targets of `table` hold of other windows within it, and whole what they hold
 * of a longer window that overlaps it, so that no reader sees one moment twice. How many rows that were.
 */
export async function replaceForeign(tx: Tx, pipeline: Pipeline, table: Curated, window: Window): Promise<number> {
  const relations = targetsOfTable(pipeline, table);
  const inside = [window.start, window.end];
  const longer = await longerWindows(tx, table, relations, window);
  let gone = 0;
  for (const relation of relations.map(relationName)) {
    gone += await tx.run(`delete from ${relation} where _window > $1 and _window < $2`, inside);
    if (longer.length > 0) gone += await tx.run(`delete from ${relation} where _window = any ($1)`, [longer]);
  }
  const forgotten = await tx.run(
    `delete from weir.targets
      where table_name = $1 and relation = any ($2)
        and ((window_start > $3 and window_start < $4) or window_start = any ($5))`,
    [table.tableName, relations, ...inside, longer],
  );
  if (gone === 0 && forgotten === 0) return 0;
  await forgetWindows(
    tx,
    pipeline,
    table.tableName,
    inside,
    longer.filter((start) => !isWindowStart(pipeline, start)),
  );
  await appendTouched(tx, table.tableName, [window.start, ...longer]);
  return gone;
}

// Windows do not overlap each other, so that the one before is enough; a few more, where calendars changed before this was kept.
const NEAR = 4;

async function longerWindows(
  tx: Tx,
  table: Curated,
  relations: readonly string[],
  window: Window,
): Promise<Window['start'][]> {
  const rows = await tx.query<{ start: Window['start'] }>(
    `select distinct near.window_start as start
       from unnest($2::text[]) named (relation)
 cross join lateral (select window_start, window_end
                       from weir.targets
                      where table_name = $1 and relation = named.relation and window_start < $3
                   order by window_start desc
                      limit ${NEAR}) near
      where near.window_end > $3`,
    [table.tableName, relations, window.start],
  );
  return rows.map(({ start }) => start);
}

/** Rows of the ledger for windows inside (from, to) and for those that start at one of `also`; a window that runs is left to its run. */
async function forgetWindows(
  tx: Tx,
  pipeline: Pipeline,
  table: string,
  [from, to]: readonly string[],
  also: readonly string[],
): Promise<void> {
  await tx.run(
    `delete from weir.published
      where table_name = $1 and ((window_start > $2 and window_start < $3) or window_start = any ($4))`,
    [table, from, to, also],
  );
  await tx.run(
    `delete from weir.windows
      where pipeline = $1
        and window_start in (select window_start from weir.windows
                              where pipeline = $1 and state <> 'running'
                                and ((window_start > $2 and window_start < $3) or window_start = any ($4))
                                for update skip locked)`,
    [pipeline.name, from, to, also],
  );
}

/**
 * Takes away, in one transaction with the ledger's rows, windows of another calendar that nothing will replace: nothing of the history
 * overlaps them, or all that does is published. The windows that were taken away.
 */
export async function dropForeign(
  database: Database,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  now: Instant,
): Promise<ForeignWindow[]> {
  return database.tx(async (tx) => {
    const foreign = await foreignWindows(tx, pipeline);
    if (foreign.length === 0) return [];
    const history = historyOf(pipeline, now);
    const known = await knownWindows(tx, { register, pipeline }, compiled(pipeline), history);
    const isPublished = ({ start }: Window): boolean => {
      const standing = known.get(start);
      return standing?.state === 'published' && (standing.stale === null || standing.stale === 'checks');
    };
    const over = foreign.filter(({ window }) => overlapping(pipeline, history, window).every(isPublished));
    for (const { table, relation, window } of over) {
      await tx.run(`delete from ${relationName(relation)} where _window = $1`, [window.start]);
      await tx.run(`delete from weir.targets where table_name = $1 and relation = $2 and window_start = $3`, [
        ...[table, relation, window.start],
      ]);
    }
    for (const table of new Set(over.map((one) => one.table))) {
      const starts = over.filter((one) => one.table === table).map(({ window }) => window.start);
      await forgetWindows(tx, pipeline, table, ['infinity', 'infinity'], starts);
      await appendTouched(tx, table, [...new Set(starts)]);
    }
    return over;
  });
}

/** The windows of `history` that share a moment with `foreign`. */
function overlapping(pipeline: Pipeline, history: Window, foreign: Window): Window[] {
  if (isWhole(history)) return [WHOLE];
  if (isWhole(foreign)) return split(pipeline.window, history);
  const later = (a: string, b: string): string => (millis(a as Instant) > millis(b as Instant) ? a : b);
  const earlier = (a: string, b: string): string => (later(a, b) === a ? b : a);
  const range = { start: later(history.start, foreign.start), end: earlier(history.end, foreign.end) };
  return millis(range.start) < millis(range.end) ? split(pipeline.window, range as Window) : [];
}
