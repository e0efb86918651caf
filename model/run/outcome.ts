import type { AbsentField } from './absentField';
import type { Gate } from './gate';

/** What ingesting did: counts of this step alone, zero where the work was done before. */
export interface Ingested {
  readonly deliveries: number;
  readonly landedRecords: number;
  readonly rows: number;
  readonly deadLetters: number;
  /** Origins that are landed and not there any more, where there are some: their rows come from raw. The first few by name. */
  readonly gone?: { readonly origins: number; readonly first: readonly string[] };
  /** Of several things that the source offered, how many there are and how many of them were landed and cleaned before. */
  readonly offers?: { readonly offered: number; readonly known: number };
  /** Paths of times without a file, which the definition takes for a fact. The first few as they are written. */
  readonly empty?: { readonly paths: number; readonly first: readonly string[] };
  /** Origins that are there and still being written: not offered to this run. The first few by name. */
  readonly unsettled?: { readonly origins: number; readonly first: readonly string[] };
  /** Columns whose field no record has of a delivery that this step cleaned, where there are some. The first few by name. */
  readonly absent?: {
    readonly columns: number;
    readonly first: readonly (AbsentField & { readonly origin: string })[];
  };
}

/** How a run ended, in numbers. */
export interface Outcome {
  readonly pipeline: string;
  readonly window: string;
  /** Staged: computed and past its gates, and published together with the others of its calendar. */
  readonly state: 'published' | 'staged' | 'held';
  readonly rows: number;
  /** Rows that the publish had to write; 0 when nothing changed. */
  readonly written: number;
  /** Of `rows`, those that are not what they were; absent from runs of versions before. */
  readonly changed?: number;
  readonly digest: string;
  readonly gate?: Gate;
}

/** What a run that did not reach its end is closed as. */
export interface RunEnd {
  readonly state: 'failed' | 'cancelled';
  readonly error: string;
  /** The class of the error, where it was one of ours. */
  readonly type?: string;
}
