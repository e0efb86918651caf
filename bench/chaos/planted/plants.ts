import type { Patch } from '../../patch';

/** A fault in the product that the judge must see, and the scenario that provokes it. */
export interface Plant extends Patch {
  readonly name: 'fence' | 'touch' | 'winners' | 'gate' | 'difference';
}

/** The five, each the smallest change that breaks the promise. */
export const PLANTS: readonly Plant[] = [
  {
    name: 'fence',
    file: 'store/ledger/fence.ts',
    search: `
        and epoch = $3
        and (step, attempt) <= ($4, $5)
`,
    replacement: `
        and $3::bigint is not null
`,
  },
  {
    name: 'touch',
    file: 'store/ledger/touch.ts',
    search: '  if (starts.length === 0) return;\n',
    replacement: '  if (starts.length >= 0) return;\n',
  },
  {
    name: 'winners',
    file: 'store/inflow/winners.ts',
    search: 'quoteIdent(table.latestBy)} desc nulls last`] : []',
    replacement: 'quoteIdent(table.latestBy)} asc nulls last`] : []',
  },
  {
    name: 'gate',
    file: 'store/refresh/gate.ts',
    search: `closed: failed.some((check) => check.severity === 'error'),`,
    replacement: 'closed: false,',
  },
  {
    name: 'difference',
    file: 'store/refresh/writeDifference.ts',
    search: 'filter (where s._here and t._here and ${differs})',
    replacement: 'filter (where s._here and t._here and false)',
  },
];
