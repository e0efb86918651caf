import type { RunRequest } from './request';

/** The right to write one window (or, for a backfill's shared deliveries, to ingest a range), until a newer claim comes. */
export interface Claim {
  readonly order: RunRequest;
  /** The run's number, larger for each run: the fencing token. */
  readonly epoch: number;
  /** The ledger that gave it; runs begun by versions before have none. */
  readonly ledger?: string;
}

/** What every fenced activity is called with: `step` numbers the writing steps of a run from 1. */
export interface StepCall {
  readonly claim: Claim;
  readonly step: number;
}
