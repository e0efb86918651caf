import type { PathValues } from '../model/definition/paths/pathPattern';
import type { Format } from '../model/definition/source';
import type { Cleaned } from '../model/definition/table';
import type { Grain, Window } from '../model/time/window';
import type { CsvForm } from './framing/csvForm';
import type { Framing } from './framing/framing';

/** What the records of one delivery are cleaned with. */
export interface CleanerParts {
  readonly table: Cleaned;
  readonly format: Format;
  readonly framing: Framing;
  /** How its CSV is written; unset: as everybody writes it. */
  readonly form?: CsvForm;
  /** Names in the header; empty where the format has none. */
  readonly fields: readonly string[];
  /** What the placeholders of the source's path are in the delivery's origin, for columns that read them. */
  readonly path?: PathValues;
  readonly grain: Grain;
  /** Whole windows; a record outside of them becomes a dead letter. Unset: it is kept. */
  readonly history?: Window;
  readonly delivery: number;
  /** About how many records will come, where known: sizes the table of keys. */
  readonly expectedRecords?: number;
  readonly copyChunkBytes?: number;
}
