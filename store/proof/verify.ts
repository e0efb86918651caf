import { cleaningFingerprint } from '../../model/compile/compile';
import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent } from '../../model/definition/sql';
import type { Cleaned, Table } from '../../model/definition/table';
import type { Window } from '../../model/time/window';
import { WHOLE, isWhole, split } from '../../model/time/window';
import { compiled } from '../ledger/fingerprint';
import { betweenStates, markedUncleaned, waitingDeliveries } from '../ledger/origins';
import { lackingTargets } from '../ledger/targets';
import type { WindowStatus } from '../ledger/windows';
import { windowStatuses } from '../ledger/windows';
import type { Database, Tx } from '../postgres/database';
import { columnList, physical } from '../postgres/identifiers';
import type { ChangingCalendar } from '../postgres/renderSql';
import { renderFor } from '../postgres/renderSql';
import { changingCalendar } from '../refresh/foreignWindows';
import { windowRelations } from '../schema/catalog';
import type { Accounting } from './accounting';
import { countedAccount, keptAccount } from './accounting';
import type { Compared, Layer } from './compared';
import { digestOf } from './digest';
import { keysOfSeveralWindows } from './keysOfSeveralWindows';
import { lackingNeighbour } from './lackingNeighbour';
import { recomputeCleaned, scratch } from './recompute';
import { strayRows } from './strayRows';
import { uncheckedWindows } from './uncheckedWindows';
import { compareOrigins, compareWaiting } from './unsettledOrigins';

export interface Verified {
  readonly compared: readonly Compared[];
  readonly records: Accounting;
  /** Windows of the range that were never published. */
  readonly missing: number;
}

const SHOWN_DIFFERENCES = 3;

/**
 * Recomputes the windows of `range` from raw by the plain reference path, in tables that only this session sees, and compares digests with what is
 * stored. One snapshot, rolled back at the end: nothing is changed, and a run that commits meanwhile is not seen.
 */
export async function verifyRange(
  database: Database,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  range: Window,
  progress: (what: string) => void,
): Promise<Verified> {
  return database.rolledBack(
    async (tx) => {
      // Sorting three million rows in the default 4 MB goes through files.
      await tx.query(`set local work_mem = '128MB'; set local maintenance_work_mem = '256MB'`);
      return verifyIn(tx, database, register, pipeline, range, progress);
    },
    { isolation: 'repeatable read' },
  );
}

async function verifyIn(
  tx: Tx,
  database: Database,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  range: Window,
  progress: (what: string) => void,
): Promise<Verified> {
  // The first statement takes the snapshot.
  const records = await countedAccount(tx, pipeline);
  const kept = await keptAccount(tx, pipeline);
  const windows = await windowStatuses(tx, register, pipeline, range);
  const owed = await cleaningOwed(tx, pipeline);
  await recomputeCleaned(tx, database, pipeline, range, progress);
  const compared = [
    ...(await compareOrigins(tx, pipeline)),
    ...(await compareWaiting(tx, pipeline)),
    await compareRaw(tx),
    ...(await compareCleaned(tx, pipeline.cleaned, range, owed)),
    await compareDeadLetters(tx, pipeline, owed),
  ];
  for (const table of pipeline.curated) {
    // One table for all windows: a table a window would hold a lock each until the end, more than PostgreSQL has room for.
    await tx.query(
      `create temporary table ${quoteIdent(table.tableName)} on commit drop as select ${columnList(table)} from ${physical.curated(table.tableName)} limit 0`,
    );
  }
  // Of every window: one outside of the range may be read by one inside.
  const lacking = await lackingTargets(tx, pipeline, WHOLE);
  const changing = await changingCalendar(tx, pipeline);
  for (const [i, window] of split(pipeline.window, range).entries()) {
    progress(`window ${i + 1} of ${windows.length}`);
    compared.push(...(await compareCurated(tx, { register, pipeline, lacking, changing }, window, windows[i]!)));
  }
  const settled = split(pipeline.window, range).filter(
    (_, i) => owedBy(windows[i]!) === null && windows[i]!.publishedAt !== null,
  );
  compared.push(
    ...(await keysOfSeveralWindows(
      tx,
      pipeline,
      settled.map(({ start }) => start),
    )),
    ...(await strayRows(tx, pipeline)),
    ...(await uncheckedWindows(tx, pipeline, range)),
    ...compareCounts(kept, records),
  );
  return { compared, records, missing: windows.filter((window) => window.publishedAt === null).length };
}

/** Says what of raw this code has not cleaned (a delivery under way, other code); null when all of it is. */
async function cleaningOwed(tx: Tx, pipeline: Pipeline): Promise<string | null> {
  const code = cleaningFingerprint(compiled(pipeline));
  const own = { pipeline: pipeline.name, code };
  const [origin] = [
    ...(await waitingDeliveries(tx, pipeline.name)),
    ...(await betweenStates(tx, [pipeline.name], own, 1)),
    ...(await markedUncleaned(tx, pipeline.name)),
  ];
  return origin ? `${origin.origin} waits to be cleaned by this code` : null;
}

// Raw must be what was landed before anything is proven from it.
async function compareRaw(tx: Tx): Promise<Compared> {
  const rows = await tx.query<{ origin: string; ordinal: number; damaged: boolean }>(
    `select d.origin, s.ordinal, s.sha256 <> sha256(s.bytes) as damaged
       from pg_temp._segments r
       join weir.segments s on s.delivery = r.delivery and s.ordinal = r.ordinal
       join weir.deliveries d on d.id = s.delivery`,
  );
  const damaged = rows.filter((row) => row.damaged);
  return {
    layer: 'raw',
    table: 'raw segments',
    window: 'range',
    equal: damaged.length === 0,
    owed: null,
    stored: `${rows.length - damaged.length} as landed`,
    recomputed: `${rows.length} as landed`,
    differing: damaged
      .slice(0, SHOWN_DIFFERENCES)
      .map((row) => `stored ${row.origin} segment ${row.ordinal}: its bytes are not those that were landed`),
  };
}

/** What `status` says of the records, against the rows; nothing to say while it counts them itself. */
function compareCounts(kept: Accounting | null, records: Accounting): Compared[] {
  if (kept === null) return [];
  const said = ({ live, beaten, deadLetters, records: all }: Accounting): string =>
    `${all} records, ${live} live, ${beaten} beaten, ${deadLetters} dead letters`;
  const equal = said(kept) === said(records);
  if (equal) return [];
  return [
    {
      ...{ layer: 'counts', table: 'counts that status prints', window: 'all', equal, owed: null, differing: [] },
      ...{ stored: said(kept), recomputed: said(records) },
    },
  ];
}

async function compareCleaned(tx: Tx, table: Cleaned, range: Window, owed: string | null): Promise<Compared[]> {
  const within =
    table.eventTime && !isWhole(range)
      ? ` and ${quoteIdent(table.eventTime)} >= '${range.start}' and ${quoteIdent(table.eventTime)} < '${range.end}'`
      : '';
  const of = (live: boolean): Promise<Compared> => {
    const where = `where ${live ? '' : 'not '}_live${within}`;
    const name = `${table.tableName} (${live ? 'live' : 'beaten'})`;
    const stored = `${physical.cleaned(table.tableName)} ${where}`;
    return compare(tx, table, {
      layer: 'cleaned',
      name,
      window: 'range',
      owed,
      stored,
      recomputed: `${scratch(table)} ${where}`,
    });
  };
  return [await of(true), await of(false)];
}

async function compareDeadLetters(tx: Tx, pipeline: Pipeline, owed: string | null): Promise<Compared> {
  const [row] = await tx.query<{ stored: string; recomputed: string; differing: string[] | null }>(
    `with stored as (
            select l.delivery, l.record, l.column_name, l.reason
              from weir.dead_letters l
              join weir.segments s on s.delivery = l.delivery and l.record >= s.first_record and l.record < s.first_record + s.records
              join pg_temp._segments r on r.delivery = s.delivery and r.ordinal = s.ordinal
             where l.pipeline = $1),
          recomputed as (select * from pg_temp._letters),
          differing as ((select 'stored' as side, * from (select * from stored except all select * from recomputed) a limit ${SHOWN_DIFFERENCES})
                         union all (select 'recomputed', * from (select * from recomputed except all select * from stored) b limit ${SHOWN_DIFFERENCES}))
     select (select count(*) from stored) as stored, (select count(*) from recomputed) as recomputed,
            (select array_agg(concat_ws(' ', side, o.origin, 'record', record, column_name, reason))
               from differing join weir.deliveries o on o.id = differing.delivery) as differing`,
    [pipeline.name],
  );
  return {
    layer: 'dead letters',
    table: 'dead letters',
    window: 'range',
    equal: row!.differing === null,
    owed,
    stored: row!.stored,
    recomputed: row!.recomputed,
    differing: row!.differing ?? [],
  };
}

/** What the comparisons of all windows share. */
interface Context {
  readonly register: readonly Pipeline[];
  readonly pipeline: Pipeline;
  /** Starts of windows, with the relations that lack them. */
  readonly lacking: ReadonlyMap<string, readonly string[]>;
  readonly changing: ChangingCalendar | undefined;
}

/** Every curated table of one window, computed by its select over the recomputed rows, against curated and published rows. */
async function compareCurated(
  tx: Tx,
  { register, pipeline, lacking, changing }: Context,
  window: Window,
  standing: WindowStatus,
): Promise<Compared[]> {
  const compared: Compared[] = [];
  const scope = {
    ...{ window, grain: pipeline.window, epoch: 0, own: pipeline.curated, recomputed: pipeline.cleaned },
    ...(changing && { changing }),
  };
  for (const table of pipeline.curated) {
    await tx.query(`truncate ${scratch(table)}`);
    // Of a window that was never published there must be nothing.
    if (standing.publishedAt !== null) {
      const select = renderFor(table.select, scope);
      await tx.query(
        `insert into ${scratch(table)} (${columnList(table)}) select ${columnList(table)} from (${select.text}) computed`,
        select.values as unknown[],
      );
    }
    const neighbour = lackingNeighbour(register, pipeline, lacking, changing?.foreign ?? [], table, window);
    for (const { relation, role } of windowRelations(pipeline, table)) {
      const name = relation.replaceAll('"', '');
      compared.push(
        await compare(tx, table, {
          layer: role === 'published' ? 'target' : 'curated',
          name,
          window: standing.window,
          owed:
            owedBy(standing) ??
            (lacking.get(window.start)?.includes(name) ? `stale: not in ${name}` : null) ??
            (neighbour ? `it reads ${neighbour}` : null),
          stored: `${relation} where _window = '${window.start}'`,
          recomputed: scratch(table),
        }),
      );
    }
  }
  return compared;
}

// Readers keep the former window while these hold; it may differ from what the present rows make.
function owedBy({ state, stale, publishedAt }: WindowStatus): string | null {
  if (publishedAt === null) return null;
  if (state !== 'published') return state;
  // Other checks make no other rows; a target that lacks the window is asked by itself.
  if (stale === null || stale === 'checks' || stale === 'target') return null;
  return `stale: its ${stale === 'touched' ? 'rows' : 'code'} changed`;
}

async function compare(
  tx: Tx,
  table: Table,
  of: { layer: Layer; name: string; window: string; owed: string | null; stored: string; recomputed: string },
): Promise<Compared> {
  const [a, b] = [await digestOf(tx, table.columns, of.stored), await digestOf(tx, table.columns, of.recomputed)];
  const equal = a.digest === b.digest;
  const differing = equal ? [] : await differences(tx, table, of.stored, of.recomputed);
  const { layer, name, window, owed } = of;
  return { layer, table: name, window, equal, owed, stored: a.digest, recomputed: b.digest, differing };
}

async function differences(tx: Tx, table: Table, stored: string, recomputed: string): Promise<string[]> {
  const columns = columnList(table);
  const side = (name: string, mine: string, other: string): string =>
    `(select '${name}' as side, ${name}::text as line from (select ${columns} from ${mine} except all select ${columns} from ${other}) ${name} limit ${SHOWN_DIFFERENCES})`;
  const rows = await tx.query<{ side: string; line: string }>(
    `${side('stored', stored, recomputed)} union all ${side('recomputed', recomputed, stored)}`,
  );
  return rows.map((row) => `${row.side} ${row.line}`);
}
