import { durationMs } from '../time/time';
import { coversIn, tablesIn } from './sql';
import type { Curated, Table } from './table';

/** The tables that `table`'s select reads, by holes. */
export function readsOf(table: Curated): Table[] {
  return tablesIn(table.select) as Table[];
}

/** How far before and after its own window `table` reads, in milliseconds. */
export function reachOf(table: Curated): { beforeMs: number; afterMs: number } {
  const covers = coversIn(table.select);
  return {
    beforeMs: Math.max(0, ...covers.map((cover) => (cover.before ? durationMs(cover.before) : 0))),
    afterMs: Math.max(0, ...covers.map((cover) => (cover.after ? durationMs(cover.after) : 0))),
  };
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
