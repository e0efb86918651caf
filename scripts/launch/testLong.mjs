#!/usr/bin/env node
// `npm run test:long`: what does not fit into `npm test`: many more of the generated histories, every commit cut off, every broken file, whole projects that change.
import { spawnSync } from 'node:child_process';
import { prepare } from './prepare.mjs';

await prepare();
const jest = (args, env) => {
  const { status } = spawnSync(process.execPath, ['node_modules/jest/bin/jest.js', ...args, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  return status === 0;
};
const held = [
  jest(['--testMatch', '<rootDir>/test/**/*.long.ts']),
  jest(['test/law', 'test/activities/staleness', 'test/store/commitBoundaries', 'test/cleaning'], {
    WEIR_TEST_HISTORIES: process.env['WEIR_TEST_HISTORIES'] ?? '500',
    WEIR_TEST_BAD_FILES: 'all',
    WEIR_TEST_COMMITS: 'all',
    WEIR_TEST_DOCUMENTS: '5000',
  }),
];
process.exit(held.every(Boolean) ? 0 : 1);
