import { Framer } from '../../cleaning/framing/framer';
import type { Framing } from '../../cleaning/framing/framing';
import { readingOf } from '../../cleaning/framing/reading';
import type { ReferenceRecord } from '../../cleaning/reference/reference';
import { reference } from '../../cleaning/reference/reference';
import { compareOrigins } from '../../model/compile/originOrder';
import { cleanedHistory } from '../../model/definition/history';
import { keyColumns, keyStaysInWindow } from '../../model/definition/key';
import { pathValuesOf } from '../../model/definition/paths/pathColumns';
import type { Pipeline } from '../../model/definition/pipeline';
import { reachOf, stretched } from '../../model/definition/reads';
import { quoteIdent } from '../../model/definition/sql';
import type { Cleaned, Table } from '../../model/definition/table';
import type { Window } from '../../model/time/window';
import { isWhole, windowAt } from '../../model/time/window';
import { deliveryFacts, readSegment } from '../ledger/segments';
import { copyIn } from '../postgres/copy';
import type { Database, Tx } from '../postgres/database';
import { columnList, physical, quoted } from '../postgres/identifiers';

interface Letter {
  readonly record: number;
  readonly column: string | null;
  readonly reason: string;
}

/** A segment is read in pieces of about this size: the plain reading holds every field of a piece as a value, 30 times its bytes. */
const PIECE_BYTES = 256 * 1024;
const CHUNK_CHARACTERS = 65_536;

/** The temporary table that `table` is recomputed into: seen by one session, and gone with it, however it ends. */
export const scratch = (table: Table): string => `pg_temp.${quoteIdent(table.tableName)}`;

/**
 * Makes scratch tables of the cleaned rows of `range` (`scratch`), of its dead letters (`pg_temp._letters`) and of the segments that were
 * read (`pg_temp._segments`), from raw alone: by the plain reference reading, PostgreSQL's own input functions and one window function.
 */
export async function recomputeCleaned(
  tx: Tx,
  database: Database,
  pipeline: Pipeline,
  range: Window,
  progress: (what: string) => void,
): Promise<void> {
  const table = pipeline.cleaned;
  await tx.query(
    `create temporary table _rows on commit drop as
     select ${columnList(table)}, _delivery, _record from ${physical.cleaned(table.tableName)} limit 0`,
  );
  await tx.query(
    `create temporary table _letters (delivery integer, record integer, column_name text, reason text) on commit drop`,
  );
  await tx.query(
    `create temporary table _segments (delivery integer, first_record integer, ordinal integer) on commit drop`,
  );
  const deliveries = await deliveriesOf(tx, pipeline, range);
  await orderOrigins(tx, deliveries);
  for (const { id, ordinals } of deliveries) await recomputeDelivery(tx, database, pipeline, id, ordinals, progress);
  progress('winners');
  await markWinners(tx, table);
}

async function recomputeDelivery(
  tx: Tx,
  database: Database,
  pipeline: Pipeline,
  id: number,
  ordinals: readonly number[],
  progress: (what: string) => void,
): Promise<void> {
  const table = pipeline.cleaned;
  const facts = await deliveryFacts(tx, id);
  const reading = readingOf(facts, pipeline.source.dialect);
  const { framing } = reading;
  for (const [i, ordinal] of ordinals.entries()) {
    const segment = await database.tx((reader) => readSegment(reader, id, ordinal));
    progress(`${facts.origin}, segment ${i + 1} of ${ordinals.length}`);
    const letters: Letter[] = [];
    const bytes = segment.records === 0 ? Buffer.alloc(0) : segment.bytes;
    const history = cleanedHistory(pipeline);
    const path = pathValuesOf(pipeline, facts.origin);
    const parts = { path, table, ...reading, bytes: pieces(framing, bytes) };
    const referred = reference({ ...parts, ...(history && { history }) });
    await copyIn(
      tx,
      `copy pg_temp._rows (${columnList(table)}, _delivery, _record) from stdin (format csv, null '\\N')`,
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

/** A delivery that counts, with those of its segments that matter. */
interface Recomputed {
  readonly id: number;
  readonly origin: string;
  readonly ordinals: readonly number[];
}

/**
 * The deliveries that count, with the segments that matter to `range`: all where a key may move, since a winner may come from any of them; else those
 * that hold records of its reach, or of no known window: two ranges of an index, however many deliveries there are.
 */
async function deliveriesOf(tx: Tx, pipeline: Pipeline, range: Window): Promise<Recomputed[]> {
  const wide = reachRange(pipeline, range);
  const all = isWhole(range) || !(keyStaysInWindow(pipeline.cleaned) || keyColumns(pipeline.cleaned).length === 0);
  const segments = all
    ? `select s.delivery, s.ordinal
         from weir.origins o
         join weir.segments s on s.delivery = o.cleaned
        where o.pipeline = $1`
    : `select delivery, ordinal from weir.segment_windows where window_start >= $2 and window_start < $3
        union
       select delivery, ordinal from weir.segment_windows where window_start is null`;
  return tx.query<Recomputed>(
    `select o.cleaned as id, o.origin, array_agg(s.ordinal order by s.ordinal) as ordinals
       from (${segments}) s
       join weir.deliveries d on d.id = s.delivery and d.pipeline = $1
       join weir.origins o on o.pipeline = d.pipeline and o.origin = d.origin and o.cleaned = d.id
   group by o.cleaned, o.origin
   order by o.origin collate "C"`,
    all ? [pipeline.name] : [pipeline.name, wide.start, wide.end],
  );
}

/** The event time that the selects of `range` may read: the range and the longest reach around it, in whole windows. */
function reachRange(pipeline: Pipeline, range: Window): Window {
  if (isWhole(range) || pipeline.window === 'whole') return range;
  const { start, end } = stretched(pipeline.window, range, pipeline.curated.flatMap(reachOf));
  return { start: windowAt(pipeline.window, start).start, end };
}

// `bytes` cut at ends of records.
async function* pieces(framing: Framing, bytes: Buffer): AsyncGenerator<Buffer> {
  const framer = new Framer(bytes, framing, true);
  const found = { start: 0, end: 0, next: 0 };
  let start = 0;
  while (framer.find(found.next, found)) {
    if (found.next - start < PIECE_BYTES) continue;
    yield await Promise.resolve(bytes.subarray(start, found.next));
    start = found.next;
  }
  if (start < bytes.length) yield bytes.subarray(start);
}

// Rows as CSV for PostgreSQL's own input functions: nothing of our binary encoder is used here.
async function* lines(
  referred: AsyncIterable<ReferenceRecord>,
  delivery: number,
  firstRecord: number,
  letters: Letter[],
): AsyncGenerator<Buffer> {
  let text = '';
  for await (const item of referred) {
    const record = firstRecord + item.record;
    if ('values' in item) {
      text += `${item.values.map((value) => (value === null ? '\\N' : `"${value.replaceAll('"', '""')}"`)).join(',')},${delivery},${record}\n`;
      if (text.length > CHUNK_CHARACTERS) {
        yield Buffer.from(text);
        text = '';
      }
    } else letters.push({ record, column: item.column, reason: item.reason });
  }
  yield Buffer.from(text);
}

// Which origin is greater, by the plain definition: the ledger's own sort key is not asked.
async function orderOrigins(tx: Tx, deliveries: readonly { id: number; origin: string }[]): Promise<void> {
  const inOrder = [...deliveries].sort((a, b) => compareOrigins(a.origin, b.origin));
  await tx.query(`create temporary table _origins (delivery integer, place integer) on commit drop`);
  await tx.query(`insert into pg_temp._origins select * from unnest($1::integer[]) with ordinality`, [
    inOrder.map(({ id }) => id),
  ]);
}

// The winner by the plain definition: the greatest by (latestBy, origin, position) among all rows of a key.
async function markWinners(tx: Tx, table: Cleaned): Promise<void> {
  const keys = quoted(keyColumns(table), 't');
  const latest = table.latestBy ? `t.${quoteIdent(table.latestBy)} desc nulls last, ` : '';
  const live =
    keys.length === 0
      ? 'true'
      : `row_number() over (partition by ${keys.join(', ')} order by ${latest}o.place desc, t._record desc) = 1`;
  await tx.query(`analyze pg_temp._rows`);
  await tx.query(
    `create temporary table ${quoteIdent(table.tableName)} on commit drop as
     select ${columnList(table, 't')}, t._delivery, t._record, ${live} as _live
       from pg_temp._rows t
       join pg_temp._origins o on o.delivery = t._delivery`,
  );
  await tx.query(`drop table pg_temp._rows`);
  // Each window is a select of its own: without the index, each would read every row.
  if (table.eventTime) await tx.query(`create index on ${scratch(table)} (${quoteIdent(table.eventTime)})`);
  await tx.query(`analyze ${scratch(table)}`);
}
