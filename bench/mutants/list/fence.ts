import type { Mutant } from '../mutant';

const FENCE = 'test/store/fence';
const INFLOW = 'test/activities/inflow';
const GATE = 'test/activities/gate.test';

/** Who may write: fences, recorded results, claims. */
export const FENCE_MUTANTS: readonly Mutant[] = [
  {
    name: 'fence-epoch',
    guards: 'an older run writes nothing',
    file: 'store/ledger/fence.ts',
    search: 'and epoch = $3\n',
    replacement: 'and $3::bigint is not null\n',
    tests: [FENCE],
  },
  {
    name: 'fence-attempt',
    guards: 'an older attempt writes nothing',
    file: 'store/ledger/fence.ts',
    search: '\n        and (step, attempt) <= ($4, $5)\n',
    replacement: '\n',
    tests: [FENCE],
  },
  {
    name: 'fence-recorded',
    guards: 'a step whose answer was lost is not done again',
    file: 'store/ledger/fence.ts',
    search: 'if (recorded) return recorded;',
    replacement: 'void recorded;',
    tests: [FENCE],
  },
  {
    name: 'fence-zombie-session',
    guards: 'a stopped process that holds the row is ended by its successor',
    file: 'store/ledger/fence.ts',
    search: 'await database.endOlder(holder);\n      else',
    replacement: 'void holder;\n      else',
    tests: [FENCE],
  },
  {
    name: 'session-newer-ended',
    guards: 'only sessions of older holders are ended',
    file: 'store/postgres/database.ts',
    search: 'return a.epoch !== b.epoch ? a.epoch < b.epoch',
    replacement: 'return a.epoch !== b.epoch ? true',
    tests: ['test/store/originHolders'],
  },
  {
    name: 'claim-fence-reset',
    guards: 'a new run begins at its first step',
    file: 'store/ledger/runs.ts',
    search: `state = 'running', epoch = excluded.epoch, step = 0, attempt = 0`,
    replacement: `state = 'running', epoch = excluded.epoch`,
    tests: [INFLOW],
  },
  {
    name: 'claim-older-epoch',
    guards: 'a claim that commits late does not take the window back',
    file: 'store/ledger/runs.ts',
    search: '\n            where w.epoch < excluded.epoch`',
    replacement: '`',
    tests: [FENCE],
  },
  {
    name: 'claim-orphans',
    guards: 'older open runs of the window are closed',
    file: 'store/ledger/runs.ts',
    search: `set state = 'orphaned', ended_at = clock_timestamp(), error = 'a newer run of the window took over'`,
    replacement: `set ended_at = ended_at`,
    tests: [FENCE],
  },
  {
    name: 'close-unfenced',
    guards: 'a run that was overtaken closes its own row only',
    file: 'store/ledger/runs.ts',
    search: `and epoch = $3 and state = 'running'\``,
    replacement: `and $3::bigint is not null and state = 'running'\``,
    tests: [FENCE],
  },
  {
    name: 'hold-state',
    guards: 'a window whose gate closed is held in the ledger',
    file: 'store/ledger/runs.ts',
    search: `if (state === 'held') {`,
    replacement: `if (state !== 'held') {`,
    tests: [GATE],
  },
  {
    name: 'run-lost-steps',
    guards: 'a step demands the records of the steps before it',
    file: 'store/ledger/fence.ts',
    search: 'before < step - 1',
    replacement: 'before < 0',
    tests: ['test/activities/touched'],
  },
  {
    name: 'run-lost-execution',
    guards: 'a step proves that the run is its own',
    file: 'store/ledger/fence.ts',
    search: ': !mine\n',
    replacement: ': mine === null\n',
    tests: ['test/activities/touched'],
  },
];
