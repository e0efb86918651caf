import type { WindowCount } from '../../model/run/deadLetter';
import type { Tx } from '../postgres/database';

/**
 * What some segments hold, window by window: the counts of rows and dead letters and the order-free sums of the rows as one text, null where a version before
 * kept no sums. The same text: the same rows, and as many dead letters.
 */
export type WindowSums = ReadonlyMap<string, string | null>;

interface SumsRow {
  readonly start: string;
  readonly rows: string;
  readonly dead: string;
  readonly low: string | null;
  readonly high: string | null;
}

interface Sums {
  readonly rows: bigint;
  readonly dead: bigint;
  readonly low: bigint;
  readonly high: bigint;
}

const NOTHING: Sums = { rows: 0n, dead: 0n, low: 0n, high: 0n };
const textOf = ({ rows, dead, low, high }: Sums): string => `${rows} ${dead} ${low} ${high}`;

/** The windows whose rows are not what they were, as far as sums can tell. */
export function changedWindows(former: WindowSums, now: WindowSums): string[] {
  return [...new Set([...former.keys(), ...now.keys()])].filter((start) => {
    const [before, after] = [former.get(start), now.get(start)];
    return before === null || after === null || before !== after;
  });
}

/** Sums of the segments that were just cleaned, by window. */
export function sumsOfCounts(counts: Iterable<ReadonlyMap<string | null, WindowCount>>): WindowSums {
  const sums = new Map<string, Sums>();
  for (const windows of counts)
    for (const [start, { rows, dead, low, high }] of windows) {
      if (start === null) continue;
      const sum = sums.get(start) ?? NOTHING;
      sums.set(start, {
        rows: sum.rows + BigInt(rows),
        dead: sum.dead + BigInt(dead),
        low: sum.low + BigInt(low),
        high: sum.high + BigInt(high),
      });
    }
  return new Map([...sums].map(([start, sum]) => [start, textOf(sum)]));
}

/** Rows of `weir.segment_windows`, summed by window. */
export function sumsOfRows(rows: readonly (Omit<SumsRow, 'start'> & { readonly start: string | null })[]): WindowSums {
  const sums = new Map<string, Sums | null>();
  for (const { start, rows: count, dead, low, high } of rows) {
    if (start === null) continue;
    const sum = sums.get(start);
    if (sum === null || low === null || high === null) sums.set(start, null);
    else
      sums.set(start, {
        rows: (sum ?? NOTHING).rows + BigInt(count),
        dead: (sum ?? NOTHING).dead + BigInt(dead),
        low: (sum ?? NOTHING).low + BigInt(low),
        high: (sum ?? NOTHING).high + BigInt(high),
      });
  }
  return new Map([...sums].map(([start, sum]) => [start, sum && textOf(sum)]));
}

/** Marks, among the windows of `weir.former_windows`, that an origin is being superseded, even if it held no window. */
const SUPERSEDED = 'infinity';

/**
 * Remembers what an origin held before its deliveries `old` are dropped, until all of its new delivery is cleaned: nobody can refresh
 * meanwhile, so what was complete last is what may have been seen. A delivery superseded in the middle of its cleaning was never seen.
 */
export async function rememberFormer(tx: Tx, pipeline: string, origin: string, old: readonly number[]): Promise<void> {
  await tx.query(
    `insert into weir.superseded_windows (pipeline, origin, window_start)
     select distinct $1, $2, window_start
       from weir.segment_windows
      where delivery = any ($3) and window_start is not null and rows > 0
         on conflict do nothing`,
    [pipeline, origin, old],
  );
  await tx.query(
    `with new as (
            insert into weir.former_windows (pipeline, origin, window_start, rows) values ($1, $2, '${SUPERSEDED}', 0)
                on conflict do nothing
         returning 1)
     insert into weir.former_windows (pipeline, origin, window_start, code, rows, dead, low, high)
     select $1, $2, w.window_start, case when min(s.cleaned_by) = max(s.cleaned_by) then min(s.cleaned_by) end, sum(w.rows), sum(w.dead),
            case when bool_and(w.low is not null) then sum(w.low) end,
            case when bool_and(w.high is not null) then sum(w.high) end
       from weir.segment_windows w
       join weir.segments s on s.delivery = w.delivery and s.ordinal = w.ordinal
      where exists (select from new)
        and w.delivery = any ($3)
        and w.window_start is not null
   group by w.window_start`,
    [pipeline, origin, old],
  );
}

/**
 * What the origin held before the delivery that supersedes it; null when none does. Of what other code than `code` cleaned nothing is
 * known: the same rows may have had other winners.
 */
export async function formerSums(tx: Tx, pipeline: string, origin: string, code: string): Promise<WindowSums | null> {
  const rows = await tx.query<SumsRow>(
    `select window_start as start, rows, dead, case when code = $3 then low end as low, case when code = $3 then high end as high
       from weir.former_windows
      where pipeline = $1 and origin = $2`,
    [pipeline, origin, code],
  );
  return rows.length === 0 ? null : sumsOfRows(rows.filter((row) => row.start !== SUPERSEDED));
}

/** What the segments of one delivery hold. */
export async function deliverySums(tx: Tx, delivery: number): Promise<WindowSums> {
  return sumsOfRows(
    await tx.query<SumsRow>(
      `select window_start as start, rows, dead, low, high from weir.segment_windows where delivery = $1`,
      [delivery],
    ),
  );
}

export async function forgetFormer(tx: Tx, pipeline: string, origin: string): Promise<void> {
  await tx.run(`delete from weir.former_windows where pipeline = $1 and origin = $2`, [pipeline, origin]);
}
