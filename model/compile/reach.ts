import type { Pipeline } from '../definition/pipeline';
import { reachOf, readsOf } from '../definition/reads';
import type { Table } from '../definition/table';
import type { Instant } from '../time/time';
import { millis } from '../time/time';
import type { Window } from '../time/window';
import { WHOLE, isWhole, reaching, windowAt } from '../time/window';

/** Windows of one pipeline that some change of data reaches; 'all' for every window there is. */
export interface Reached {
  readonly pipeline: string;
  readonly windows: readonly Window[] | 'all';
}

/**
 * What a change of `table` in these of its windows reaches: the windows themselves, those of curated tables whose select stretches over them,
 * and those of other pipelines that read it. Windows outside a finished history are left out.
 */
export function reachedBy(register: readonly Pipeline[], table: Table, starts: readonly string[]): Reached[] {
  const owner = register.find(
    (pipeline) => pipeline.cleaned === table || pipeline.curated.some((mine) => mine === table),
  );
  if (!owner || starts.length === 0) return [];
  const changed = starts.map((start) => windowOf(owner, start));
  const reached: Reached[] = [];
  for (const pipeline of register) {
    const readers = transitiveReaders(pipeline, table);
    if (pipeline === owner)
      reached.push({ pipeline: owner.name, windows: unique([...changed, ...stretched(pipeline, readers, changed)]) });
    else if (readers.length > 0)
      reached.push({
        pipeline: pipeline.name,
        windows:
          changed.some(isWhole) && pipeline.window !== 'whole' ? 'all' : unique(stretched(pipeline, readers, changed)),
      });
  }
  return reached;
}

interface Reader {
  readonly beforeMs: number;
  readonly afterMs: number;
}

// Curated tables of `pipeline` that read `table`, directly or through one another, with the sum of their reaches.
function transitiveReaders(pipeline: Pipeline, table: Table): Reader[] {
  const reach = new Map<Table, Reader>();
  for (const curated of pipeline.curated) {
    const own = reachOf(curated);
    for (const read of readsOf(curated)) {
      const through = read === table ? { beforeMs: 0, afterMs: 0 } : reach.get(read);
      if (!through) continue;
      const former = reach.get(curated) ?? { beforeMs: 0, afterMs: 0 };
      reach.set(curated, {
        beforeMs: Math.max(former.beforeMs, own.beforeMs + through.beforeMs),
        afterMs: Math.max(former.afterMs, own.afterMs + through.afterMs),
      });
    }
  }
  return [...reach.values()];
}

function stretched(pipeline: Pipeline, readers: readonly Reader[], changed: readonly Window[]): Window[] {
  if (readers.length === 0) return [];
  const reach = {
    beforeMs: Math.max(...readers.map((reader) => reader.beforeMs)),
    afterMs: Math.max(...readers.map((reader) => reader.afterMs)),
  };
  return changed
    .flatMap((window) => reaching(pipeline.window, window, reach))
    .filter((window) => inHistory(pipeline, window));
}

function windowOf(pipeline: Pipeline, start: string): Window {
  return start === '-infinity' ? WHOLE : windowAt(pipeline.window, start as Instant);
}

function inHistory(pipeline: Pipeline, window: Window): boolean {
  if (isWhole(window)) return true;
  return (
    !(pipeline.from && millis(window.end as Instant) <= millis(pipeline.from)) &&
    !(pipeline.until && millis(window.start as Instant) >= millis(pipeline.until))
  );
}

function unique(windows: readonly Window[]): Window[] {
  return [...new Map(windows.map((window) => [window.start, window])).values()];
}
