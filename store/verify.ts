import type { Pipeline } from '../model/pipeline';
import { reachOf } from '../model/pipeline';
import { quoteIdent } from '../model/sql';
import type { Cleaned, Table } from '../model/table';
import { keyColumns, keyStaysInWindow } from '../model/table';
import { instant, millis } from '../model/time';
import type { Window } from '../model/window';
import { isWhole, split, windowAt, windowName } from '../model/window';
import type { Referred } from '../cleaning/reference';
import { reference } from '../cleaning/reference';
import { copyIn } from './copy';
import type { Database, Tx } from './database';
import { digestOf } from './digest';
import { columnList, physical, quoted, targetName } from './names';
import { renderFor } from './rendering';
import { deliveryFacts, readSegment } from './segments';

/** What one table's recomputation says of one window (or of all, for cleaned rows and dead letters). */
export interface Compared {
  readonly table: string;
  readonly window: string;
  readonly equal: boolean;
  readonly stored: string;
  readonly recomputed: string;
  /** Rows that are on one side only, as text: `stored …` or `recomputed …`. */
  readonly differing: readonly string[];
}

interface Letter {
  readonly record: number;
  readonly column: string | null;
  readonly reason: string;
}

const SHOWN_DIFFERENCES = 3;

/**
 * Recomputes the windows of `range` from raw by the plain reference path, in tables that only this transaction sees, and compares digests with what is
 * stored. One snapshot, rolled back at the end: nothing is changed, and a run that commits meanwhile is not seen.
 */
export async function verifyRange(
  database: Database,
  pipeline: Pipeline,
  range: Window,
  progress: (what: string) => void,
): Promise<Compared[]> {
  const compared: Compared[] = [];
  const done = new Error('rolled back as planned');
  await database
    .tx(
      async (tx) => {
        await recomputeCleaned(tx, database, pipeline, range, progress);
        compared.push(...(await compareCleaned(tx, pipeline.cleaned, range)), await compareDeadLetters(tx, pipeline));
        for (const window of split(pipeline.window, range)) {
          progress(windowName(window));
          compared.push(...(await compareCurated(tx, pipeline, window)));
        }
        throw done;
      },
      { isolation: 'repeatable read' },
    )
    .catch((error: unknown) => {
      if (error !== done) throw error;
    });
  return compared;
}

const scratch = (table: Table): string => `pg_temp.${quoteIdent(table.tableName)}`;

async function recomputeCleaned(
  tx: Tx,
  database: Database,
  pipeline: Pipeline,
  range: Window,
  progress: (what: string) => void,
): Promise<void> {
  const table = pipeline.cleaned;
  await tx.query(
    `create temporary table ${quoteIdent(table.tableName)} on commit drop as
     select ${columnList(table)}, _delivery, _record, _live from ${physical.cleaned(table.tableName)} limit 0`,
  );
  await tx.query(
    `create temporary table _letters (delivery integer, record integer, column_name text, reason text) on commit drop`,
  );
  await tx.query(
    `create temporary table _segments (delivery integer, first_record integer, ordinal integer) on commit drop`,
  );
  // Every delivery that counts: a winner may come from any of them.
  const deliveries = await tx.query<{ id: number }>(
    `select cleaned as id from weir.origins where pipeline = $1 and cleaned is not null order by origin`,
    [pipeline.name],
  );
  for (const { id } of deliveries) await recomputeDelivery(tx, database, pipeline, id, range, progress);
  await markWinners(tx, table);
}

async function recomputeDelivery(
  tx: Tx,
  database: Database,
  pipeline: Pipeline,
  id: number,
  range: Window,
  progress: (what: string) => void,
): Promise<void> {
  const table = pipeline.cleaned;
  const facts = await deliveryFacts(tx, id);
  const ordinals = await ordinalsOf(tx, pipeline, id, range);
  for (const [i, ordinal] of ordinals.entries()) {
    const segment = await database.tx((reader) => readSegment(reader, id, ordinal));
    progress(`${facts.origin}, segment ${i + 1} of ${ordinals.length}`);
    const letters: Letter[] = [];
    const referred = reference({ table, format: facts.format, fields: facts.fields, bytes: one(segment.bytes) });
    await copyIn(
      tx,
      `copy ${scratch(table)} (${columnList(table)}, _delivery, _record) from stdin (format csv, null '\\N')`,
      lines(referred, id, segment.firstRecord, letters),
    );
    await tx.query(`insert into pg_temp._segments values ($1, $2, $3)`, [id, segment.firstRecord, ordinal]);
    await tx.query(
      `insert into pg_temp._letters
       select $1, r.record, r.column_name, r.reason from unnest($2::integer[], $3::text[], $4::text[]) r (record, column_name, reason)`,
      [
        id,
        letters.map((letter) => letter.record),
        letters.map((letter) => letter.column),
        letters.map((letter) => letter.reason),
      ],
    );
  }
}

/** The segments that matter to `range`: all where a key may move; else those that hold records of its reach, or of no known window. */
async function ordinalsOf(tx: Tx, pipeline: Pipeline, id: number, range: Window): Promise<number[]> {
  const wide = reachRange(pipeline, range);
  const all = isWhole(range) || !(keyStaysInWindow(pipeline.cleaned) || keyColumns(pipeline.cleaned).length === 0);
  const rows = await tx.query<{ ordinal: number }>(
    `select s.ordinal
       from weir.segments s
      where s.delivery = $1
        and ($2 or exists (select from weir.segment_windows w
                            where w.delivery = s.delivery and w.ordinal = s.ordinal
                              and (w.window_start is null or (w.window_start >= $3 and w.window_start < $4))))
   order by s.ordinal`,
    [id, all, wide.start, wide.end],
  );
  return rows.map((row) => row.ordinal);
}

/** The event time that the selects of `range` may read: the range and the longest reach around it, in whole windows. */
function reachRange(pipeline: Pipeline, range: Window): Window {
  if (isWhole(range) || pipeline.window === 'whole') return range;
  const reaches = pipeline.curated.map(reachOf);
  const start = millis(range.start) - Math.max(0, ...reaches.map((reach) => reach.beforeMs));
  return {
    start: windowAt(pipeline.window, instant(start)).start,
    end: instant(millis(range.end) + Math.max(0, ...reaches.map((reach) => reach.afterMs))),
  };
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield await Promise.resolve(bytes);
}

// Rows as CSV for PostgreSQL's own input functions: nothing of our binary encoder is used here.
async function* lines(
  referred: AsyncIterable<Referred>,
  delivery: number,
  firstRecord: number,
  letters: Letter[],
): AsyncGenerator<Buffer> {
  let text = '';
  for await (const item of referred) {
    const record = firstRecord + item.record;
    if ('values' in item) {
      text += `${item.values.map((value) => (value === null ? '\\N' : `"${value.replaceAll('"', '""')}"`)).join(',')},${delivery},${record}\n`;
      if (text.length > 65_536) {
        yield Buffer.from(text);
        text = '';
      }
    } else letters.push({ record, column: item.column, reason: item.reason });
  }
  yield Buffer.from(text);
}

// The winner by the plain definition: the greatest by (latestBy, origin, position) among all rows of a key.
async function markWinners(tx: Tx, table: Cleaned): Promise<void> {
  const home = scratch(table);
  const keys = quoted(keyColumns(table), 't');
  await tx.query(`analyze ${home}`);
  if (keys.length === 0) return void (await tx.query(`update ${home} set _live = true`));
  const latest = table.latestBy ? `t.${quoteIdent(table.latestBy)} desc nulls last, ` : '';
  await tx.query(
    `create temporary table _ranked on commit drop as
     select ${columnList(table, 't')}, t._delivery, t._record,
            row_number() over (partition by ${keys.join(', ')} order by ${latest}d.origin collate "C" desc, t._record desc) = 1 as _live
       from ${home} t
       join weir.deliveries d on d.id = t._delivery`,
  );
  await tx.query(`drop table ${home}`);
  await tx.query(`alter table pg_temp._ranked rename to ${quoteIdent(table.tableName)}`);
}

async function compareCleaned(tx: Tx, table: Cleaned, range: Window): Promise<Compared[]> {
  const within =
    table.eventTime && !isWhole(range)
      ? ` and ${quoteIdent(table.eventTime)} >= '${range.start}' and ${quoteIdent(table.eventTime)} < '${range.end}'`
      : '';
  const of = async (live: boolean): Promise<Compared> => {
    const where = `where ${live ? '' : 'not '}_live${within}`;
    return compare(
      tx,
      table,
      `${table.tableName} (${live ? 'live' : 'beaten'})`,
      'range',
      `${physical.cleaned(table.tableName)} ${where}`,
      `${scratch(table)} ${where}`,
    );
  };
  return [await of(true), await of(false)];
}

async function compareDeadLetters(tx: Tx, pipeline: Pipeline): Promise<Compared> {
  const [row] = await tx.query<{ stored: string; recomputed: string; differing: string[] | null }>(
    `with stored as (
            select l.delivery, l.record, l.column_name, l.reason
              from weir.dead_letters l
              join weir.segments s on s.delivery = l.delivery and l.record >= s.first_record and l.record < s.first_record + s.records
              join pg_temp._segments r on r.delivery = s.delivery and r.ordinal = s.ordinal
             where l.pipeline = $1),
          recomputed as (select * from pg_temp._letters),
          differing as ((select 'stored' as side, * from (select * from stored except all select * from recomputed) a)
                         union all (select 'recomputed', * from (select * from recomputed except all select * from stored) b))
     select (select count(*) from stored) as stored, (select count(*) from recomputed) as recomputed,
            (select array_agg(concat_ws(' ', side, 'record', record, column_name, reason)) from (select * from differing limit ${SHOWN_DIFFERENCES}) d) as differing`,
    [pipeline.name],
  );
  return {
    table: 'dead letters',
    window: 'all',
    equal: row!.differing === null,
    stored: row!.stored,
    recomputed: row!.recomputed,
    differing: row!.differing ?? [],
  };
}

/** Every curated table of one window, computed by its select over the recomputed rows, against curated and published rows. */
async function compareCurated(tx: Tx, pipeline: Pipeline, window: Window): Promise<Compared[]> {
  const compared: Compared[] = [];
  const scope = { window, epoch: 0, own: pipeline.curated, recomputed: pipeline.cleaned };
  for (const table of pipeline.curated) {
    const select = renderFor(table.select, scope);
    await tx.query(`drop table if exists ${scratch(table)}`);
    await tx.query(
      `create temporary table ${quoteIdent(table.tableName)} on commit drop as select ${columnList(table)} from ${physical.curated(table.tableName)} limit 0`,
    );
    await tx.query(
      `insert into ${scratch(table)} (${columnList(table)}) select ${columnList(table)} from (${select.text}) computed`,
      select.values as unknown[],
    );
    const where = `where _window = '${window.start}'`;
    const targets = [
      physical.curated(table.tableName),
      ...pipeline.publish.filter((sink) => sink.table === table).map((sink) => targetName(sink.target)),
    ];
    for (const target of targets)
      compared.push(
        await compare(tx, table, target.replaceAll('"', ''), windowName(window), `${target} ${where}`, scratch(table)),
      );
  }
  return compared;
}

async function compare(
  tx: Tx,
  table: Table,
  name: string,
  window: string,
  stored: string,
  recomputed: string,
): Promise<Compared> {
  const [a, b] = [await digestOf(tx, table.columns, stored), await digestOf(tx, table.columns, recomputed)];
  const equal = a.digest === b.digest;
  const differing = equal ? [] : await differences(tx, table, stored, recomputed);
  return { table: name, window, equal, stored: a.digest, recomputed: b.digest, differing };
}

async function differences(tx: Tx, table: Table, stored: string, recomputed: string): Promise<string[]> {
  const columns = columnList(table);
  const side = (name: string, mine: string, other: string): string =>
    `(select '${name}' as side, * from (select ${columns} from ${mine} except all select ${columns} from ${other}) ${name} limit ${SHOWN_DIFFERENCES})`;
  const rows = await tx.query<{ line: string }>(
    `select differing::text as line from (${side('stored', stored, recomputed)} union all ${side('recomputed', recomputed, stored)}) differing`,
  );
  return rows.map((row) => row.line);
}
