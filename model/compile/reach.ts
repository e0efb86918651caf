import type { Pipeline } from '../definition/pipeline';
import type { Reach } from '../definition/reads';
import { reachOf, readsOf, stretched } from '../definition/reads';
import type { Table } from '../definition/table';
import type { Instant } from '../time/time';
import type { Grain, Window } from '../time/window';
import { isWhole, windowAt } from '../time/window';

/** A table that a window's rows are made from or judged by, and how far around the window they are read. */
export interface Reading {
  readonly table: string;
  /** How the windows of that table are cut. */
  readonly grain: Grain;
  readonly reach: Reach;
  /** Of a curated table of the same pipeline: the window itself is computed by the same run, so only the others count. */
  readonly othersOnly: boolean;
}

/**
 * What `table` of `pipeline` reads, by the holes of its select and of its checks: a cleaned table its own live rows, a curated one every
 * table it names, each as far as the select's covers reach.
 */
export function readingsOf(register: readonly Pipeline[], pipeline: Pipeline, table: Table): Reading[] {
  const reach = table.layer === 'curated' ? reachOf(table) : [];
  const read = table.layer === 'curated' ? readsOf(table) : [table];
  const asked = (table.checks.flatMap((check) => check.reads) as Table[]).filter((one) => one !== table);
  return [...new Set([...read, ...asked])].map((one) => ({
    table: one.tableName,
    grain: ownerOf(register, pipeline, one).window,
    reach,
    othersOnly: pipeline.curated.some((mine) => mine === one),
  }));
}

/** Windows of the table read that begin in [from, to) reach the window; `except` is left out. */
export interface Reached {
  readonly from: Instant | '-infinity';
  readonly to: Instant | 'infinity';
  readonly except: Window['start'] | null;
}

/** The windows of the table read that `window` (of `grain`) is made from. */
export function reachedBy(reading: Reading, grain: Grain, window: Window): Reached {
  const except = reading.othersOnly ? window.start : null;
  if (isWhole(window) || reading.grain === 'whole') return { from: '-infinity', to: 'infinity', except };
  const { start, end } = stretched(grain, window, reading.reach);
  return {
    from: reading.grain === grain && start === window.start ? window.start : windowAt(reading.grain, start).start,
    to: end,
    except,
  };
}

const ownerOf = (register: readonly Pipeline[], pipeline: Pipeline, table: Table): Pipeline =>
  register.find((one) => one.cleaned === table || one.curated.some((curated) => curated === table)) ?? pipeline;
