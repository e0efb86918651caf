import type { Mutant } from '../mutant';

const INFLOW = 'test/activities/inflow';
const KNOWN = 'test/activities/knownFailures';
const PROMISE = 'test/activities/promise';
const LARGE = 'test/activities/largeDeliveries';

/** What is landed and cleaned: once, whole, in place of what it supersedes. */
export const INFLOW_MUTANTS: readonly Mutant[] = [
  {
    name: 'superseded-rows',
    guards: 'rows of a superseded delivery go',
    file: 'store/inflow/batches.ts',
    search: '  await tx.run(`delete from ${physical.cleaned(table.tableName)} where _delivery = any ($1)`, [ids]);\n',
    replacement: '',
    tests: [INFLOW],
  },
  {
    name: 'superseded-letters',
    guards: 'dead letters of a superseded delivery go',
    file: 'store/inflow/batches.ts',
    search: '  await tx.run(`delete from weir.dead_letters where delivery = any ($1)`, [ids]);\n',
    replacement: '',
    tests: [PROMISE],
  },
  {
    name: 'superseded-windows',
    guards: 'windows that a superseded delivery held are touched',
    file: 'store/inflow/batches.ts',
    search: 'return [...new Set(old.flatMap((row) => (row.window_start === null ? [] : [row.window_start])))];',
    replacement: 'return [];',
    tests: [INFLOW],
  },
  {
    name: 'superseded-segments',
    guards: 'a delivery that comes back is cleaned again',
    file: 'store/inflow/batches.ts',
    search: '  await tx.run(`update weir.segments set cleaned_by = null where delivery = any ($1)`, [ids]);\n',
    replacement: '',
    tests: [INFLOW],
  },
  {
    name: 'replaced-rows',
    guards: 'a segment that is cleaned again replaces its rows',
    file: 'store/inflow/batches.ts',
    search: '  await tx.run(`delete from ${parent} where ${rangeOf(batch)}`);\n',
    replacement: '',
    tests: [LARGE],
  },
  {
    name: 'replaced-letters',
    guards: 'a segment that is cleaned again replaces its dead letters',
    file: 'store/inflow/cleanDelivery.ts',
    search: '  await batches.deleteDeadLetters(tx, whole);\n',
    replacement: '',
    tests: ['test/store/planning'],
  },
  {
    name: 'replaced-windows',
    guards: 'windows that a segment held before are touched',
    file: 'store/inflow/markWinners.ts',
    search: 'return written?.batch.replaces ? [...here] :',
    replacement: 'return written?.batch.replaces ? [] :',
    tests: ['test/activities/readers'],
  },
  {
    name: 'origin-lock',
    guards: 'one at a time lands or cleans an origin',
    file: 'store/ledger/origins.ts',
    search: 'pg_try_advisory_xact_lock(hashtextextended($1, 0)) as mine`,\n        [holder.what],',
    replacement: '$1::text is not null as mine`,\n        [holder.what],',
    tests: ['test/store/originHolders'],
  },
  {
    name: 'origin-dead-holder',
    guards: 'a dead holder of an origin is ended',
    file: 'store/ledger/origins.ts',
    search: '        await endDeadHolder(database, holder);\n',
    replacement: '',
    tests: ['test/store/originHolders'],
  },
  {
    name: 'origin-version',
    guards: 'a new version is read',
    file: 'store/ledger/origins.ts',
    search: '  (version === null || state.version === version) &&\n',
    replacement: '',
    tests: [INFLOW],
  },
  {
    name: 'origin-owed',
    guards: 'what other code cleaned is cleaned again',
    file: 'store/ledger/origins.ts',
    search: '  !state.owed &&\n  state.cleaned',
    replacement: '  state.cleaned',
    tests: ['test/store/originHolders'],
  },
  {
    name: 'origin-cleaned',
    guards: 'a delivery of no segments that superseded another is cleaned',
    file: 'store/ledger/origins.ts',
    search: '  !state.owed &&\n  state.cleaned === state.delivery;',
    replacement: '  state.owed === 0;',
    tests: ['test/store/originHolders'],
  },
  {
    name: 'land-once',
    guards: 'the same bytes are the same delivery',
    file: 'store/inflow/land.ts',
    search: 'const current = same?.id ?? delivery;',
    replacement: 'const current = delivery;',
    tests: [INFLOW],
  },
  {
    name: 'cleaning-one-at-a-time',
    guards: 'winners are marked among committed rows',
    file: 'store/ledger/touch.ts',
    search: 'select pg_advisory_xact_lock(hashtextextended($1, 0))',
    replacement: 'select $1::text',
    tests: [KNOWN],
  },
];
