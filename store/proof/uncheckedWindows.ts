import { counted } from '../../model/run/counted';
import type { WindowStatus } from '../ledger/windows';
import type { Compared } from './compared';

const SHOWN = 3;

/** Windows that were published under other checks: their rows are right, and whether their gates would let them out nobody asked. */
export function uncheckedWindows(windows: readonly WindowStatus[]): Compared[] {
  const unchecked = windows.filter(({ stale, publishedAt }) => stale === 'checks' && publishedAt !== null);
  if (unchecked.length === 0) return [];
  return [
    {
      ...{ layer: 'target', table: 'checks', window: 'range', equal: false },
      owed: 'unchecked: published under other checks',
      stored: `${counted(unchecked.length, 'window')} under other checks`,
      recomputed: 'all under the present ones',
      differing: unchecked.slice(0, SHOWN).map(({ window }) => `stored ${window}: its present checks were not asked`),
    },
  ];
}
