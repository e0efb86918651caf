import type { CalendarDuration, Instant } from '../time/time';
import { millis, monthsOf } from '../time/time';
import type { Grain, Window } from '../time/window';
import { shifted } from '../time/window';
import { aliasesOf, coversIn, tablesIn } from './sql';
import type { Cleaned, Curated, Table } from './table';

/** The tables that `table`'s select reads, by holes. */
export function readsOf(table: Curated): Table[] {
  return tablesIn(table.select) as Table[];
}

/** What a select reads beside its own window, before it and after it. */
export type Reach = readonly { readonly before?: CalendarDuration; readonly after?: CalendarDuration }[];

/** How far `table` reads beside its own window, a member a cover that does. @throws RangeError for what is no duration. */
export function reachOf(table: Curated): Reach {
  const reach = coversIn(table.select).filter(({ before, after }) => before !== undefined || after !== undefined);
  for (const { before, after } of reach) for (const by of [before, after]) if (by !== undefined) monthsOf(by);
  return reach;
}

/**
 * True when a cover of its event time holds each place where the select of `table` reads `read`: rows beyond the reach cannot matter, whatever the
 * rest of the select says. `from ${flights} f where ${window.covers('f.departed_at')}`.
 */
export function isHeldToReach(table: Curated, read: Cleaned): boolean {
  const aliases = aliasesOf(table.select, read);
  const columns = coversIn(table.select).map(({ column }) => column.replaceAll('"', ''));
  const times = (found: readonly (string | null)[], one: string | null): number =>
    found.filter((other) => other === one).length;
  return aliases.every(
    (alias) => alias !== null && times(aliases, alias) <= times(columns, `${alias}.${read.eventTime}`),
  );
}

/** The span that is read for a window of `grain`: from where the farthest cover begins to where the farthest ends. */
export function stretched(grain: Grain, window: Window, reach: Reach): { start: Instant; end: Instant } {
  let [start, end] = [window.start as Instant, window.end as Instant];
  for (const { before, after } of reach) {
    const [first, last] = [
      before && shifted(grain, window.start, before, -1),
      after && shifted(grain, window.end, after, 1),
    ];
    if (first && millis(first) < millis(start)) start = first;
    if (last && millis(last) > millis(end)) end = last;
  }
  return { start, end };
}

/** Curated tables, each after those that it or its checks read. */
export function inDependencyOrder(tables: readonly Curated[], wrong: (problem: string) => never): Curated[] {
  const ordered: Curated[] = [];
  const visit = (table: Curated, path: readonly Curated[]): void => {
    if (ordered.includes(table)) return;
    if (path.includes(table)) wrong(`${[...path, table].map((step) => step.tableName).join(' -> ')} is a circle`);
    // A check of one's own table asks what was just computed: no circle.
    const asked = table.checks.flatMap((check) => check.reads).filter((read) => read !== table);
    for (const read of [...readsOf(table), ...asked]) {
      const mine = tables.find((candidate) => candidate === read);
      if (mine) visit(mine, [...path, table]);
    }
    ordered.push(table);
  };
  for (const table of tables) visit(table, []);
  return ordered;
}
