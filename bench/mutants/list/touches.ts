import type { Mutant } from '../mutant';

/** What is owed again because data changed. */
export const TOUCHES_MUTANTS: readonly Mutant[] = [
  {
    name: 'touch',
    guards: 'a window whose rows changed is stale',
    file: 'store/ledger/touch.ts',
    search: '  if (starts.length === 0) return;\n',
    replacement: '  if (starts.length >= 0) return;\n',
    tests: ['test/activities/touched', 'test/activities/staleness'],
  },
  {
    name: 'touch-publish',
    guards: 'a publish whose rows changed touches its table',
    file: 'store/refresh/publishWindow.ts',
    search: 'if (judged.digest !== undefined && (former?.digest !== judged.digest || isWritten))',
    replacement: 'if (judged.digest === null)',
    tests: ['test/activities/touched', 'test/activities/staleness'],
  },
  {
    name: 'touch-reached',
    guards: 'cleaning touches what its rows reach',
    file: 'store/inflow/cleanDelivery.ts',
    search: '  await appendTouched(tx, table.tableName, await markWinners(tx, context, dropped, written, finished));',
    replacement: '  await markWinners(tx, context, dropped, written, finished);',
    tests: ['test/activities/touched', 'test/activities/staleness'],
  },
  {
    name: 'touch-seen',
    guards: 'a window is stale when more facts reach it than its publish saw',
    file: 'store/ledger/windows.ts',
    search: 'row.touched || facts[i] !== Number(row.facts_seen)',
    replacement: 'row.touched || facts[i]! < Number(row.facts_seen)',
    tests: ['test/activities/touched', 'test/activities/staleness'],
  },
  {
    name: 'backfill-touched-since',
    guards: 'a window that was touched since the backfill ran it is owed',
    file: 'store/ledger/backfills.ts',
    search: 'isPublishedSince(epoch, known) && known.stale === null) return false;',
    replacement: 'isPublishedSince(epoch, known)) return false;',
    tests: ['test/activities/readers'],
  },
  {
    name: 'owed-stale',
    guards: 'a stale window is owed',
    file: 'store/ledger/backfills.ts',
    search: "known.state !== 'published' || known.stale !== null;",
    replacement: "known.state !== 'published';",
    tests: ['test/activities/readers'],
  },
];
