import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';

const noClock = ['Date', 'performance', 'setTimeout', 'setInterval', 'process'].map((name) => ({
  name,
  message: 'Time, chance and the machine are arguments here: model/ and workflows/ read no clock.',
}));

const chance = [
  { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: 'Chance is an argument.' },
];

// A connection by its usual names, as `tx.run(…)` and as `runtime.database.run(…)`. A workflow's handle has a `query` too.
const CONNECTION = '/^(tx|on|database|db|admin|client|connection|pool)$/';
const message = 'Every SQL statement of our own tables is in store/: call a function there.';
const statements = [
  { selector: 'CallExpression[callee.property.name="query"]:not([callee.object.name="handle"])', message },
  { selector: `CallExpression[callee.property.name="run"][callee.object.name=${CONNECTION}]`, message },
  { selector: `CallExpression[callee.property.name="run"][callee.object.property.name=${CONNECTION}]`, message },
];

/** Folders whose code speaks SQL to somebody else's server: a source or a sink of a foreign database, and nothing else. */
const FOREIGN_SERVERS = [];

/** Where statements are written: the store, and what sets up and judges databases. */
const SPEAK_SQL = ['store/**', 'test/**', 'testing/**', 'bench/**', ...FOREIGN_SERVERS];

export default tseslint.config(
  { ignores: ['dist/', 'dist.*/', 'node_modules/', '.weir/', 'coverage/', 'test/model/mustNotCompile/'] },
  {
    files: ['**/*.{ts,js,mjs,cjs}'],
    rules: { 'max-lines': ['error', { max: 300 }] },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommended, prettier],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // The command line loads a verb when it is asked for; its files are CommonJS.
      '@typescript-eslint/no-require-imports': [
        'error',
        { allow: ['^\\./(commands/)?\\w+$', '^\\.\\./\\.\\./weir\\.config$'] },
      ],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', ...chance],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: SPEAK_SQL,
    rules: { 'no-restricted-syntax': ['error', ...chance, ...statements] },
  },
  {
    files: ['workflows/**/*.ts'],
    rules: { 'no-restricted-globals': ['error', ...noClock] },
  },
  {
    files: ['model/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...noClock.filter(({ name }) => name !== 'Date')],
      'no-restricted-syntax': [
        'error',
        ...chance,
        ...statements,
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'model/ reads no clock.' },
        { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: 'model/ reads no clock.' },
      ],
    },
  },
);
