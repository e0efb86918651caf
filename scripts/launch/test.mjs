#!/usr/bin/env node
// `npm test`: everything it needs, then every test.
import { spawnSync } from 'node:child_process';
import { prepare } from './prepare.mjs';

await prepare();
const jest = spawnSync(process.execPath, ['node_modules/jest/bin/jest.js', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
process.exit(jest.status ?? 1);
