/** Where rows are, in the order in which one layer is made from the one before: what heals a layer differs. */
export type Layer = 'raw' | 'cleaned' | 'dead letters' | 'curated' | 'target' | 'counts';

/** What one table's recomputation says of one window (`range` and `all` for what is compared at once). */
export interface Compared {
  readonly layer: Layer;
  readonly table: string;
  readonly window: string;
  readonly equal: boolean;
  /** Why a difference is no surprise: the ledger says itself that there is work to do here. Null where there must be none. */
  readonly owed: string | null;
  readonly stored: string;
  readonly recomputed: string;
  /** Rows that are on one side only, as text: `stored …` or `recomputed …`. */
  readonly differing: readonly string[];
}
