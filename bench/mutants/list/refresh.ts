import type { Mutant } from '../mutant';

const FENCE = 'test/store/fence';
const INFLOW = 'test/activities/inflow';
const CLEANED = 'test/store/fullyCleaned';
const RULES = 'test/activities/gateRules';
const GATE = 'test/activities/gate.test';

/** What a window is made of and what is published of it: gates, unfinished origins, differences. */
export const REFRESH_MUTANTS: readonly Mutant[] = [
  {
    name: 'refresh-two-codes',
    guards: 'no window mixes two codes',
    file: 'store/refresh/refreshTable.ts',
    search: 'count(distinct s.cleaned_by) > 1\n',
    replacement: 'false\n',
    tests: [CLEANED],
  },
  {
    name: 'refresh-half-cleaned',
    guards: 'no window holds half a delivery',
    file: 'store/refresh/refreshTable.ts',
    search: '(count(s.cleaned_by) > 0 and count(s.cleaned_by) < count(*))',
    replacement: 'false',
    tests: [CLEANED],
  },
  {
    name: 'refresh-other-code',
    guards: 'no window is refreshed before all of it is of the code of its run',
    file: 'store/refresh/refreshTable.ts',
    search: '(o.pipeline = $2 and count(*) filter (where s.cleaned_by <> $3) > 0)',
    replacement: '($2::text is null and $3::text is null)',
    tests: [CLEANED],
  },
  {
    name: 'unfinished-origins',
    guards: 'a run finishes the cleaning that others left in the middle',
    file: 'store/ledger/origins.ts',
    search: '[...owed, ...unfinished]',
    replacement: '[...owed, ...unfinished.slice(0, 0)]',
    tests: [CLEANED],
  },
  {
    name: 'gate-verdict',
    guards: 'an error check that finds rows closes the gate',
    file: 'store/refresh/gate.ts',
    search: `failed.some((check) => check.severity === 'error')`,
    replacement: 'false',
    tests: [GATE],
  },
  {
    name: 'gate-severity',
    guards: 'a warning closes no gate',
    file: 'store/refresh/gate.ts',
    search: `failed.some((check) => check.severity === 'error')`,
    replacement: 'failed.length > 0',
    tests: [RULES],
  },
  {
    name: 'gate-implied',
    guards: 'key and nulls are asked before publishing',
    file: 'store/refresh/gate.ts',
    search: '...impliedChecks(table), ',
    replacement: '',
    tests: [RULES],
  },
  {
    name: 'gate-former-rows',
    guards: 'a check is told how many rows were published before',
    file: 'store/refresh/refreshTable.ts',
    search: 'formerRows: held.formerRows }',
    replacement: 'formerRows: null }',
    tests: [RULES],
  },
  {
    name: 'difference-gone',
    guards: 'rows that are no more are deleted',
    file: 'store/refresh/publishWindow.ts',
    search: '      where t._window = $1\n        and not exists (select from ${stage}',
    replacement: '      where t._window = $1 and false\n        and not exists (select from ${stage}',
    tests: [INFLOW],
  },
  {
    name: 'difference-changed',
    guards: 'rows of which only other columns changed are written',
    file: 'store/refresh/publishWindow.ts',
    search: 's._epoch = $2 and ${sameKey}${sameRest})',
    replacement: 's._epoch = $2 and ${sameKey})',
    tests: [INFLOW],
  },
  {
    name: 'difference-window',
    guards: 'rows of other windows stay',
    file: 'store/refresh/publishWindow.ts',
    search: '      where t._window = $1\n        and not exists (select from ${stage}',
    replacement: '      where $1::timestamptz is not null\n        and not exists (select from ${stage}',
    tests: [INFLOW],
  },
  {
    name: 'difference-run',
    guards: 'rows of this run alone are published',
    file: 'store/refresh/publishWindow.ts',
    search: '      where s._epoch = $2\n',
    replacement: '      where s._epoch <= $2\n',
    tests: [FENCE],
  },
  {
    name: 'difference-targets',
    guards: 'every target is written',
    file: 'store/refresh/publishWindow.ts',
    search: 'for (const target of targets) written',
    replacement: 'for (const target of targets.slice(0, 1)) written',
    tests: [INFLOW],
  },
  {
    name: 'publish-stage-lost',
    guards: 'only the rows that passed the gate are published',
    file: 'store/refresh/publishWindow.ts',
    search: 'if (removed !== staged.rows) {',
    replacement: 'if (removed < 0) {',
    tests: [FENCE],
  },
  {
    name: 'publish-not-refreshed',
    guards: 'nothing is published that this run did not refresh',
    file: 'store/refresh/publishWindow.ts',
    search: '      if (!staged)\n        throw',
    replacement: '      if (!staged) continue;\n      if (!staged)\n        throw',
    tests: [FENCE],
  },
];
