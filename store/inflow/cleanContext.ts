import type { Pipeline } from '../../model/definition/pipeline';
import type { AbsentField } from '../../model/run/absentField';
import type { DeliveryFacts } from '../ledger/segments';
import type { Database } from '../postgres/database';
import type { Batch } from './batches';
import type { WindowSums } from './changes';

/** What a batch is cleaned with. */
export interface CleanContext {
  readonly database: Database;
  readonly pipeline: Pipeline;
  readonly delivery: DeliveryFacts;
  /** The cleaning fingerprint. */
  readonly code: string;
}

/** What a batch came to. */
export interface Written {
  readonly batch: Batch;
  readonly rows: number;
  readonly deadLetters: number;
  /** Columns whose field none of its records had. */
  readonly absent: readonly AbsentField[];
  /** What these segments held before, and hold now. */
  readonly former: WindowSums;
  readonly sums: WindowSums;
  /** True when every repeat of a key within the batch is marked already. */
  readonly marked: boolean;
}
