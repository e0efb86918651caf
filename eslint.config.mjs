import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';

const noClock = ['Date', 'performance', 'setTimeout', 'setInterval', 'process'].map((name) => ({
  name,
  message: 'Time, chance and the machine are arguments here (DESIGN: model/ and workflows/ read no clock).',
}));

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      '.weir/',
      'coverage/',
      'test/model/mustNotCompile/',
      '*.js',
      '*.mjs',
      '.dependency-cruiser.cjs',
    ],
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
      'max-lines': ['error', { max: 300 }],
      'no-restricted-syntax': [
        'error',
        { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: 'Chance is an argument.' },
      ],
    },
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
        { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'model/ reads no clock.' },
        { selector: 'MemberExpression[object.name="Date"][property.name="now"]', message: 'model/ reads no clock.' },
        { selector: 'MemberExpression[object.name="Math"][property.name="random"]', message: 'Chance is an argument.' },
      ],
    },
  },
);
