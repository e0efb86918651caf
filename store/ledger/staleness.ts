import type { Reading } from '../../model/compile/reach';
import { reachedBy, readingsOf } from '../../model/compile/reach';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Table } from '../../model/definition/table';
import { millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { isWhole } from '../../model/time/window';
import type { Tx } from '../postgres/database';

/** How many facts of change reach this window of `table`, as the transaction's snapshot sees them: one index range a table read. */
export async function factsReaching(
  tx: Pick<Tx, 'query'>,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  table: Table,
  window: Window,
): Promise<number> {
  const readings = readingsOf(register, pipeline, table);
  const reached = readings.map((reading) => reachedBy(reading, pipeline.window, window));
  const [row] = await tx.query<{ facts: string }>(
    `select coalesce(sum(t.facts), 0) as facts
       from unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[]) r (table_name, "from", "to", except_start)
       join weir.touched t on t.table_name = r.table_name and t.window_start >= r."from" and t.window_start < r."to"
      where t.window_start is distinct from r.except_start`,
    [
      readings.map((reading) => reading.table),
      reached.map(({ from }) => from),
      reached.map(({ to }) => to),
      reached.map(({ except }) => except),
    ],
  );
  return Number(row!.facts);
}

/**
 * The same for every window of a range at once: what each of `windows` would count now, in their order. The facts are read once, and each
 * window looks up running sums, so that ten thousand windows cost one query.
 */
export async function factsNow(
  on: Pick<Tx, 'query'>,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  windows: readonly Window[],
): Promise<number[]> {
  if (windows.length === 0) return [];
  const readings = [pipeline.cleaned, ...pipeline.curated].flatMap((table) => readingsOf(register, pipeline, table));
  const sums = await runningSums(on, readings, pipeline, windows);
  return windows.map((window) =>
    readings.reduce((total, reading) => {
      const { from, to, except } = reachedBy(reading, pipeline.window, window);
      const facts = sums.get(reading.table);
      if (!facts) return total;
      const own = except === null ? 0 : facts.below(after(except)) - facts.below(at(except));
      return total + facts.below(at(to)) - facts.below(at(from)) - own;
    }, 0),
  );
}

const at = (start: string): number =>
  start === '-infinity' ? -Infinity : start === 'infinity' ? Infinity : millis(start);
const after = (start: string): number => (start === '-infinity' ? -Number.MAX_VALUE : millis(start) + 1);

async function runningSums(
  on: Pick<Tx, 'query'>,
  readings: readonly Reading[],
  pipeline: Pipeline,
  windows: readonly Window[],
): Promise<Map<string, RunningSums>> {
  const tables = [...new Set(readings.map((reading) => reading.table))];
  const reached = windows.some(isWhole)
    ? []
    : readings.flatMap((reading) =>
        [first(windows), last(windows)].map((one) => reachedBy(reading, pipeline.window, one)),
      );
  const starts = reached.map(({ from }) => from).filter((from) => from !== '-infinity');
  const ends = reached.map(({ to }) => to).filter((to) => to !== 'infinity');
  const rows = await on.query<{ table: string; start: string; facts: string }>(
    `select table_name as "table", window_start as start, sum(facts) as facts
       from weir.touched
      where table_name = any ($1)
        and (window_start = '-infinity' or $2::timestamptz is null or (window_start >= $2 and window_start < $3))
   group by 1, 2
   order by 1, 2`,
    [tables, starts.sort()[0] ?? null, ends.sort().at(-1) ?? null],
  );
  const sums = new Map(tables.map((table) => [table, new RunningSums()]));
  for (const { table, start, facts } of rows) sums.get(table)!.add(at(start), Number(facts));
  return sums;
}

const first = (windows: readonly Window[]): Window => windows.reduce((a, b) => (b.start < a.start ? b : a));
const last = (windows: readonly Window[]): Window => windows.reduce((a, b) => (b.start > a.start ? b : a));

/** Counts by place, added in order of place; what lies below any place is found by halving. */
class RunningSums {
  private readonly places: number[] = [];
  private readonly totals: number[] = [0];

  add(place: number, count: number): void {
    this.places.push(place);
    this.totals.push(this.totals.at(-1)! + count);
  }

  below(place: number): number {
    let low = 0;
    let high = this.places.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.places[middle]! < place) low = middle + 1;
      else high = middle;
    }
    return this.totals[low]!;
  }
}
