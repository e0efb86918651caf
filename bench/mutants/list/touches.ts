import type { Mutant } from '../mutant';

const INFLOW = 'test/activities/inflow';
const FENCE = 'test/store/fence';

/** What is owed again because data changed. */
export const TOUCHES_MUTANTS: readonly Mutant[] = [
  {
    name: 'touch',
    guards: 'a window whose rows changed is stale',
    file: 'store/ledger/touch.ts',
    search: 'w set touches = w.touches + 1\n       from mine\n',
    replacement: 'w set touches = w.touches\n       from mine\n',
    tests: [INFLOW],
  },
  {
    name: 'touch-all',
    guards: 'a change of a table without windows reaches every window of its readers',
    file: 'store/ledger/touch.ts',
    search: 'w set touches = w.touches + 1 from mine',
    replacement: 'w set touches = w.touches from mine',
    tests: ['test/activities/badInput'],
  },
  {
    name: 'touch-reached',
    guards: 'cleaning touches what its rows reach',
    file: 'store/inflow/cleanDelivery.ts',
    search: '  await touchReached(tx, register, table, [...touched]);\n',
    replacement: '',
    tests: [INFLOW],
  },
  {
    name: 'touch-seen',
    guards: 'a publish has seen what its snapshot saw, not what came since',
    file: 'store/refresh/publishWindow.ts',
    search: 'touches_seen = $5, code = $6',
    replacement: 'touches_seen = greatest(touches, $5), code = $6',
    tests: [FENCE],
  },
  {
    name: 'touch-oldest-table',
    guards: 'a publish has seen what the first of its tables saw',
    file: 'store/refresh/publishWindow.ts',
    search: 'touches: Math.min(',
    replacement: 'touches: Math.max(',
    tests: [FENCE],
  },
  {
    name: 'backfill-touched-since',
    guards: 'a window that was touched since the backfill ran it is owed',
    file: 'store/ledger/backfills.ts',
    search: 'Number(known.published_epoch) > epoch && !known.stale) return false;',
    replacement: 'Number(known.published_epoch) > epoch) return false;',
    tests: ['test/workflows/backfill.test'],
  },
  {
    name: 'owed-stale',
    guards: 'a stale window is owed',
    file: 'store/ledger/backfills.ts',
    search: `known.state !== 'published' || known.stale;`,
    replacement: `known.state !== 'published';`,
    tests: ['test/store/planning'],
  },
];
