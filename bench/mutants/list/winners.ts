import type { Mutant } from '../mutant';

const INFLOW = 'test/activities/inflow';
const PROMISE = 'test/activities/promise';

/** Which of the rows of one key is live. */
export const WINNERS_MUTANTS: readonly Mutant[] = [
  {
    name: 'winners-latest',
    guards: 'the greatest by latestBy wins',
    file: 'store/inflow/winners.ts',
    search: 'quoteIdent(table.latestBy)} desc nulls last`] : []',
    replacement: 'quoteIdent(table.latestBy)} asc nulls last`] : []',
    tests: [INFLOW],
  },
  {
    name: 'winners-nulls',
    guards: 'a version that is null loses',
    file: 'store/inflow/winners.ts',
    search: 'quoteIdent(table.latestBy)} desc nulls last`] : []',
    replacement: 'quoteIdent(table.latestBy)} desc nulls first`] : []',
    tests: [PROMISE],
  },
  {
    name: 'winners-origin',
    guards: 'of equal versions the later origin wins',
    file: 'store/inflow/winners.ts',
    search: `'d.origin collate "C" desc'`,
    replacement: `'d.origin collate "C" asc'`,
    tests: [INFLOW],
  },
  {
    name: 'winners-position',
    guards: 'of equal versions in one file the later position wins',
    file: 'store/inflow/winners.ts',
    search: '`${alias}._record desc`',
    replacement: '`${alias}._record asc`',
    tests: [PROMISE],
  },
  {
    name: 'winners-batch-latest',
    guards: 'the greatest by latestBy wins within a batch',
    file: 'store/inflow/winners.ts',
    search: 'const latest = table.latestBy ?',
    replacement: 'const latest = table.latestBy && keyColumns(table).length === 0 ?',
    tests: ['test/activities/inflow'],
  },
  {
    name: 'winners-batch-position',
    guards: 'the later position wins within a batch',
    file: 'store/inflow/winners.ts',
    search: 'order by ${latest}t._record desc',
    replacement: 'order by ${latest}t._record asc',
    tests: [INFLOW],
  },
  {
    name: 'winners-shared',
    guards: 'windows that other segments share are ranked again',
    file: 'store/inflow/winners.ts',
    search: 'return rows.map((row) => row.window_start);',
    replacement: 'return rows.map((row) => row.window_start).slice(0, 0);',
    tests: [INFLOW],
  },
  {
    name: 'winners-moved',
    guards: 'windows where a winner changed are touched',
    file: 'store/inflow/movingKeys.ts',
    search: '  return rows.map((row) => row.at);',
    replacement: '  return rows.slice(rows.length).map((row) => row.at);',
    tests: ['test/activities/inflow', 'test/activities/promise'],
  },
  {
    name: 'winners-superseded-keys',
    guards: 'rows that a superseded delivery beat come back',
    file: 'store/inflow/markWinners.ts',
    search: '  if (old !== null) await movingKeys.rememberKeys(tx, table, old);\n',
    replacement: '',
    tests: ['test/activities/inflow', 'test/activities/promise'],
  },
  {
    name: 'winners-replaced-keys',
    guards: 'rows that a replaced segment beat come back',
    file: 'store/inflow/markWinners.ts',
    search: '  if (batch?.replaces) await movingKeys.rememberKeys(tx, table, rangeOf(batch));\n',
    replacement: '',
    tests: [INFLOW],
  },
];
