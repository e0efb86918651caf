import { cleanedHistory } from '../model/definition/history';
import { pathValuesOf } from '../model/definition/paths/pathColumns';
import type { Pipeline } from '../model/definition/pipeline';
import type { AbsentField } from '../model/run/absentField';
import type { DeadLetter } from '../model/run/deadLetter';
import type { NewlyFound } from '../model/run/foundFields';
import { addFound } from '../model/run/foundFields';
import { Cleaner } from './cleaner';
import { csvForm } from './framing/csvForm';
import { cutSegments } from './framing/segments';

/** How many dead letters are kept of a sample, and how many reasons. */
const KEPT = 10;
const REASONS = 1_000;

/** What became of a file's records, as cleaning a delivery of it would have it. */
export interface Sample {
  readonly bytes: number;
  readonly records: number;
  readonly rows: number;
  readonly deadLetters: number;
  /** Most frequent first. */
  readonly reasons: readonly Reason[];
  readonly first: readonly DeadLetter[];
  /** Columns whose field no record has. */
  readonly absent: readonly AbsentField[];
  /** Fields that no column reads. */
  readonly fresh: readonly NewlyFound[];
  /** By the start of their window; null: of dead letters whose event time could not be read. */
  readonly windows: ReadonlyMap<string | null, Counted>;
}

export interface Reason {
  readonly column: string | null;
  readonly reason: string;
  readonly records: number;
}

export interface Counted {
  readonly records: number;
  readonly deadLetters: number;
  /** Of the first dead letter. */
  readonly reason: string | null;
}

/** Frames and cleans `chunks` as landing and cleaning do, and keeps counts in the place of rows. @throws ContractBroken as they do */
export async function cleanSample(pipeline: Pipeline, chunks: AsyncIterable<Buffer>, origin = ''): Promise<Sample> {
  const history = cleanedHistory(pipeline);
  const { format, dialect } = pipeline.source;
  const path = pathValuesOf(pipeline, origin);
  let cleaner: Cleaner | undefined;
  let bytes = 0;
  let fresh: readonly NewlyFound[] = [];
  const reasons = new Map<string, Reason>();
  const windows = new Map<string | null, Counted>();
  const first: DeadLetter[] = [];
  const take = (of: Cleaner): void => {
    const letters = of.takeDeadLetters();
    first.push(...letters.slice(0, KEPT - first.length));
    const firstOf = new Map<string | null, string>();
    for (const { column, reason, windowStart } of letters) {
      if (!firstOf.has(windowStart)) firstOf.set(windowStart, reason);
      const known = JSON.stringify([column, reason]);
      const one = reasons.has(known) || reasons.size < REASONS ? { column, reason } : OTHERS;
      const key = JSON.stringify([one.column, one.reason]);
      reasons.set(key, { ...one, records: (reasons.get(key)?.records ?? 0) + 1 });
    }
    for (const [start, { rows, dead }] of of.takeWindows()) {
      const so = windows.get(start);
      const reason = so?.reason ?? firstOf.get(start) ?? null;
      windows.set(start, {
        records: (so?.records ?? 0) + rows + dead,
        deadLetters: (so?.deadLetters ?? 0) + dead,
        reason,
      });
    }
  };
  for await (const piece of cutSegments(format, chunks, { dialect })) {
    bytes += piece.bytes.length;
    if (piece.kind === 'preamble') {
      const { framing, fields } = piece;
      const table = pipeline.cleaned;
      cleaner = new Cleaner({
        ...{ table, format, framing, fields, grain: pipeline.window, delivery: 0, path },
        form: csvForm(dialect, piece.bytes),
        ...(history && { history }),
      });
      continue;
    }
    // What it yields is rows for PostgreSQL: nobody takes them here.
    const feeding = cleaner!.feed(piece);
    while (!feeding.next().done) take(cleaner!);
    take(cleaner!);
    fresh = addFound([...fresh, ...cleaner!.takeFields().fresh]);
  }
  const { records, rows, absent } = cleaner!;
  return {
    ...{ bytes, records, rows, deadLetters: records - rows, first, absent, fresh, windows },
    reasons: [...reasons.values()].sort((a, b) => b.records - a.records),
  };
}

const OTHERS = { column: null, reason: 'others' };
