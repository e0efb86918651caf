import type { WindowCount } from '../../model/run/deadLetter';
import type { Tx } from '../postgres/database';

/**
 * What some segments hold, window by window: the count and the order-free sums of their rows as one text, null where a version before
 * kept no sums. The same text: the same rows.
 */
export type WindowSums = ReadonlyMap<string, string | null>;

interface SumsRow {
  readonly start: string;
  readonly rows: string;
  readonly low: string | null;
  readonly high: string | null;
}

/** The windows whose rows are not what they were, as far as sums can tell. */
export function changedWindows(former: WindowSums, now: WindowSums): string[] {
  return [...new Set([...former.keys(), ...now.keys()])].filter((start) => {
    const [before, after] = [former.get(start), now.get(start)];
    return before === null || after === null || before !== after;
  });
}

/** Sums of the segments that were just cleaned, by window. */
export function sumsOfCounts(counts: Iterable<ReadonlyMap<string | null, WindowCount>>): WindowSums {
  const sums = new Map<string, { rows: number; low: bigint; high: bigint }>();
  for (const windows of counts)
    for (const [start, { rows, low, high }] of windows) {
      if (start === null || rows === 0) continue;
      const sum = sums.get(start) ?? { rows: 0, low: 0n, high: 0n };
      sums.set(start, { rows: sum.rows + rows, low: sum.low + BigInt(low), high: sum.high + BigInt(high) });
    }
  return new Map([...sums].map(([start, { rows, low, high }]) => [start, `${rows} ${low} ${high}`]));
}

/** Rows of `weir.segment_windows`, summed by window. */
export function sumsOfRows(rows: readonly (Omit<SumsRow, 'start'> & { readonly start: string | null })[]): WindowSums {
  const sums = new Map<string, { rows: bigint; low: bigint; high: bigint } | null>();
  for (const { start, rows: count, low, high } of rows) {
    if (start === null || count === '0') continue;
    const sum = sums.get(start);
    if (sum === null || low === null || high === null) sums.set(start, null);
    else
      sums.set(start, {
        rows: (sum?.rows ?? 0n) + BigInt(count),
        low: (sum?.low ?? 0n) + BigInt(low),
        high: (sum?.high ?? 0n) + BigInt(high),
      });
  }
  return new Map([...sums].map(([start, sum]) => [start, sum && `${sum.rows} ${sum.low} ${sum.high}`]));
}

/** Marks, among the windows of `weir.former_windows`, that an origin is being superseded, even if it held no window. */
const SUPERSEDED = 'infinity';

/**
 * Remembers what an origin held before its deliveries `old` are dropped, until all of its new delivery is cleaned: nobody can refresh
 * meanwhile, so what was complete last is what may have been seen. A delivery superseded in the middle of its cleaning was never seen.
 */
export async function rememberFormer(tx: Tx, pipeline: string, origin: string, old: readonly number[]): Promise<void> {
  await tx.query(
    `with new as (
            insert into weir.former_windows (pipeline, origin, window_start, rows) values ($1, $2, '${SUPERSEDED}', 0)
                on conflict do nothing
         returning 1)
     insert into weir.former_windows (pipeline, origin, window_start, code, rows, low, high)
     select $1, $2, w.window_start, case when min(s.cleaned_by) = max(s.cleaned_by) then min(s.cleaned_by) end, sum(w.rows),
            case when bool_and(w.low is not null) then sum(w.low) end,
            case when bool_and(w.high is not null) then sum(w.high) end
       from weir.segment_windows w
       join weir.segments s on s.delivery = w.delivery and s.ordinal = w.ordinal
      where exists (select from new)
        and w.delivery = any ($3)
        and w.window_start is not null
        and w.rows > 0
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
    `select window_start as start, rows, case when code = $3 then low end as low, case when code = $3 then high end as high
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
      `select window_start as start, rows, low, high from weir.segment_windows where delivery = $1`,
      [delivery],
    ),
  );
}

export async function forgetFormer(tx: Tx, pipeline: string, origin: string): Promise<void> {
  await tx.run(`delete from weir.former_windows where pipeline = $1 and origin = $2`, [pipeline, origin]);
}
