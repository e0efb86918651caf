import type { CompiledPipeline } from '../compile/compile';
import type { Window } from '../time/window';

/** Why a run happens. */
export type RunKind = 'schedule' | 'run' | 'backfill' | 'rerun';

/** What a run is asked to do. */
export interface RunRequest {
  readonly plan: CompiledPipeline;
  readonly window: Window;
  readonly kind: RunKind;
  /** Set where the run begins again because the ledger had lost steps of it (RunLost). */
  readonly again?: true;
}
