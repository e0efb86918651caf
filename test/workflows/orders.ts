import type { BackfillOrder, Order, RunKind } from '../../model/steps';
import type { Plan } from '../../model/plan';
import { parseRange, parseWindow } from '../../model/window';

export const plan: Plan = {
  pipeline: 'flights',
  grain: '1d',
  tables: ['flights', 'airport_daily'],
  shared: true,
  code: { flights: 'c1', airport_daily: 'c2' },
};

export const orderOf = (window: string, kind: RunKind = 'run'): Order => ({
  plan,
  window: parseWindow('1d', window),
  kind,
});

export const backfillOf = (range: string, more: Partial<BackfillOrder> = {}): BackfillOrder => ({
  plan,
  range: parseRange('1d', range),
  which: 'all',
  kind: 'backfill',
  newestFirst: false,
  width: 2,
  maxFailedShare: 0.5,
  ...more,
});
