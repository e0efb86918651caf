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
    tests: [PROMISE],
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
    file: 'store/inflow/winners.ts',
    search: 'return [...new Set(rows.flatMap((row) => (row.at === null ? [] : [row.at])))];',
    replacement: 'return [];',
    tests: [INFLOW],
  },
  {
    name: 'winners-superseded-keys',
    guards: 'rows that a superseded delivery beat come back',
    file: 'store/inflow/cleanDelivery.ts',
    search: '  if (moving) await winners.rememberSuperseded(tx, pipeline.name, table, delivery);\n',
    replacement: '',
    tests: [INFLOW],
  },
  {
    name: 'winners-replaced-keys',
    guards: 'rows that a replaced segment beat come back',
    file: 'store/inflow/cleanDelivery.ts',
    search: '  if (moving && batch?.replaces) await winners',
    replacement: '  if (moving && batch?.replaces && batch.delivery < 0) await winners',
    tests: [INFLOW],
  },
];
