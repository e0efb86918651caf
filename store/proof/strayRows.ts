import { isWindowStart } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import { instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { windowName } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import { foreignWindows } from '../refresh/foreignWindows';
import { windowRelations } from '../schema/catalog';
import type { Compared } from './compared';

/** What `verify` calls rows that belong to no window of the calendar. */
export const NO_WINDOW = 'no window of the calendar';

const SHOWN = 3;

/**
 * Rows of each target that belong to no window of the pipeline's calendar up to now, wherever they are: nothing where there are none. Those of windows
 * that weir published under another calendar are owed (`plan` lists them); others somebody else wrote.
 */
export async function strayRows(tx: Tx, pipeline: Pipeline): Promise<Compared[]> {
  const listed = new Set((await foreignWindows(tx, pipeline)).map(({ relation, window }) => relation + window.start));
  const now = instant((await tx.query<{ ms: number }>(`select extract(epoch from now())::float * 1000 as ms`))[0]!.ms);
  const compared: Compared[] = [];
  for (const table of pipeline.curated) {
    for (const { relation } of windowRelations(pipeline, table)) {
      const name = relation.replaceAll('"', '');
      const strays = (await windowsIn(tx, relation)).filter((start) => !isWindowStart(pipeline, start) || start > now);
      const isListed = (start: string): boolean => listed.has(name + start);
      for (const [owed, starts] of [
        ['of another calendar: weir plan lists them', strays.filter(isListed)],
        [null, strays.filter((start) => !isListed(start))],
      ] as const)
        if (starts.length > 0) compared.push(await countedRows(tx, { relation, name, owed, starts }));
    }
  }
  return compared;
}

// From one window to the next along the key's index: as many looks as there are windows, however many rows.
async function windowsIn(tx: Tx, relation: string): Promise<Window['start'][]> {
  const rows = await tx.query<{ start: Window['start'] }>(
    `with recursive found as (
            (select _window from ${relation} order by _window limit 1)
             union all
            select (select r._window from ${relation} r where r._window > f._window order by r._window limit 1)
              from found f
             where f._window is not null)
     select _window as start from found where _window is not null`,
  );
  return rows.map(({ start }) => start);
}

async function countedRows(
  tx: Tx,
  of: { relation: string; name: string; owed: string | null; starts: readonly Window['start'][] },
): Promise<Compared> {
  const rows = await tx.query<{ start: Window['start']; rows: string }>(
    `select _window as start, count(*) as rows from ${of.relation} where _window = any ($1) group by 1 order by 1`,
    [of.starts],
  );
  const sum = rows.reduce((total, row) => total + Number(row.rows), 0);
  return {
    layer: 'target',
    table: of.name,
    window: NO_WINDOW,
    equal: false,
    owed: of.owed,
    stored: `${counted(sum, 'row')} in ${counted(rows.length, 'window that is', 'windows that are')} none of the calendar`,
    recomputed: '0 rows',
    differing: rows
      .slice(0, SHOWN)
      .map(
        ({ start, rows: n }) =>
          `stored ${windowName({ start, end: 'infinity' })}: ${counted(Number(n), 'row')}` +
          (of.owed
            ? ''
            : `, which weir did not publish; a run of a window around it takes them away, or: delete from ${of.name} where _window = '${start}'`),
      ),
  };
}
