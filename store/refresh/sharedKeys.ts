import type { CompiledPipeline } from '../../model/compile/compile';
import { sharesKeys } from '../../model/compile/keyNotes';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Curated } from '../../model/definition/table';
import { StatementRefused } from '../../model/run/errors';
import type { Window } from '../../model/time/window';
import { windowAt, windowName } from '../../model/time/window';
import { knownWindows } from '../ledger/windows';
import type { Tx } from '../postgres/database';
import { physical, quoted } from '../postgres/identifiers';

const UNIQUE_VIOLATION = '23505';

/**
 * Refuses a window that made a key which another window has: readers would see one key twice. The last thing that a publish does, under a
 * lock of the pipeline that lives until its commit, so that of two windows published at once the second sees the first.
 * Windows that owe a run, or are of another calendar, do not count: the key may have moved from there, and they will be asked themselves.
 * @throws StatementRefused with the key's columns and both windows.
 */
export async function refuseSharedKeys(
  tx: Tx,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  window: Window,
  plan: CompiledPipeline,
): Promise<void> {
  if (!sharesKeys(pipeline)) return;
  await tx.query(`select pg_advisory_xact_lock(hashtextextended($1, 0))`, [`k:${pipeline.name}`]);
  for (const table of pipeline.curated) {
    const others = await windowsWithItsKeys(tx, table, window);
    const other = others.length > 0 && (await firstSettled(tx, register, pipeline, plan, others));
    if (other) throw sharedKey(pipeline, table, window, other);
  }
}

interface Shared {
  readonly start: Window['start'];
  readonly keys: number;
  /** One of the keys, as people read it. */
  readonly sample: string;
}

function windowsWithItsKeys(tx: Tx, table: Curated, window: Window): Promise<Shared[]> {
  const home = physical.curated(table.tableName);
  const same = table.key.map((column) => `${quoted([column], 'o')[0]} = ${quoted([column], 'm')[0]}`).join(' and ');
  const sample = table.key.map((column) => `'${column.replaceAll("'", "''")}=' || ${quoted([column], 'm')[0]}::text`);
  return tx.query<Shared>(
    `select o._window as start, count(*)::integer as keys, min(concat_ws(' ', ${sample.join(', ')})) as sample
       from ${home} m
       join ${home} o on ${same} and o._window <> m._window
      where m._window = $1
   group by o._window
   order by o._window`,
    [window.start],
  );
}

async function firstSettled(
  tx: Tx,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  plan: CompiledPipeline,
  others: readonly Shared[],
): Promise<Shared | undefined> {
  const range = { start: others[0]!.start, end: windowAt(pipeline.window, others.at(-1)!.start).end };
  const known = await knownWindows(tx, { register, pipeline }, plan, range);
  return others.find(({ start }) => {
    const found = known.get(start);
    return found !== undefined && found.publishedAt !== null && found.stale !== 'touched' && found.stale !== 'code';
  });
}

function sharedKey(pipeline: Pipeline, table: Curated, window: Window, { start, keys, sample }: Shared): Error {
  const other = windowName(windowAt(pipeline.window, start));
  const here = windowName(window);
  const what = `${pipeline.name} ${here}: ${keys} ${keys === 1 ? 'key' : 'keys'} (${table.key.join(', ')}) of ${table.tableName} ${keys === 1 ? 'is' : 'are'} in window ${other} too`;
  return new StatementRefused(
    `${what}: ${sample}`,
    UNIQUE_VIOLATION,
    {
      next: `let the select of ${table.tableName} give each key to one window, or add a column that tells the windows apart to the key; weir show ${pipeline.name} ${here} has one of the rows`,
      stillTrue: 'nothing was published; readers keep the former window',
    },
    what,
  );
}
