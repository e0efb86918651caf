import type { CompiledPipeline } from '../../model/compile/compile';
import type { BackfillRequest } from '../../model/run/backfill';
import type { RunRequest, RunKind } from '../../model/run/request';
import { parseRange, parseWindow } from '../../model/time/window';

export const plan: CompiledPipeline = {
  pipeline: 'flights',
  grain: '1d',
  tables: ['flights', 'airport_daily'],
  shared: true,
  code: { flights: 'c1', airport_daily: 'c2' },
};

export const runRequest = (window: string, kind: RunKind = 'run'): RunRequest => ({
  plan,
  window: parseWindow('1d', window),
  kind,
});

export const backfillRequest = (range: string, more: Partial<BackfillRequest> = {}): BackfillRequest => ({
  plan,
  range: parseRange('1d', range),
  which: 'all',
  kind: 'backfill',
  newestFirst: false,
  width: 2,
  maxFailedShare: 0.5,
  ...more,
});
