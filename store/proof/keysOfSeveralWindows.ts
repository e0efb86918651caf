import { sharesKeys } from '../../model/compile/keyNotes';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Curated } from '../../model/definition/table';
import { counted } from '../../model/run/counted';
import type { Window } from '../../model/time/window';
import { windowAt, windowName } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import { physical, quoted } from '../postgres/identifiers';
import type { Compared } from './compared';

const SHOWN = 3;

interface SharedKey {
  readonly keys: string;
  readonly key: string;
  readonly windows: Window['start'][];
}

/**
 * Keys of curated tables that several of `windows` have, where readers see one key twice: publishes refuse it since they look for it, and a ledger of
 * before may hold some. Windows that owe a run are not asked: the key may be about to move.
 */
export async function keysOfSeveralWindows(
  tx: Tx,
  pipeline: Pipeline,
  windows: readonly Window['start'][],
): Promise<Compared[]> {
  if (!sharesKeys(pipeline) || windows.length === 0) return [];
  const compared: Compared[] = [];
  for (const table of pipeline.curated) {
    const shared = await sharedKeys(tx, table, windows);
    if (shared.length === 0) continue;
    const nameOf = (start: Window['start']): string => windowName(windowAt(pipeline.window, start));
    compared.push({
      ...{ layer: 'curated', window: 'range', equal: false, owed: null },
      table: physical.curated(table.tableName).replaceAll('"', ''),
      stored: `${counted(Number(shared[0]!.keys), 'key')} in several windows`,
      recomputed: 'each key in one',
      differing: shared.map(
        ({ key, windows: of }) => `stored ${key} in ${of.map(nameOf).join(' and ')}: make the window part of the key`,
      ),
    });
  }
  return compared;
}

function sharedKeys(tx: Tx, table: Curated, windows: readonly Window['start'][]): Promise<SharedKey[]> {
  const keys = quoted(table.key).join(', ');
  const shown = table.key.map((column, i) => `'${column.replaceAll("'", "''")}=' || ${quoted(table.key)[i]}::text`);
  return tx.query<SharedKey>(
    `select count(*) over () as keys, concat_ws(' ', ${shown.join(', ')}) as key, array_agg(distinct _window order by _window) as windows
       from ${physical.curated(table.tableName)}
      where _window = any ($1)
   group by ${keys}
     having count(distinct _window) > 1
   order by min(_window)
      limit ${SHOWN}`,
    [windows],
  );
}
