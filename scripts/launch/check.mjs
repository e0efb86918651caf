#!/usr/bin/env node
// `npm run check`: types, lint, form, walls, sizes, and what nothing uses; all of them run, then a verdict.
import { spawn } from 'node:child_process';
import { ROOMS, prepare } from './prepare.mjs';

await prepare();
const CHECKS = {
  types: ['node_modules/typescript/bin/tsc', '-p', '.'],
  lint: ['node_modules/eslint/bin/eslint.js', '.'],
  walls: [
    'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
    ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
    ...[...ROOMS, 'testing', 'test', 'weir.config.ts'],
  ],
  sizes: ['scripts/launch/sizes.mjs'],
  used: ['node_modules/knip/bin/knip.js', '--no-progress'],
  form: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
};
const run = ([script, ...args]) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ code, output }));
  });
const results = await Promise.all(Object.entries(CHECKS).map(async ([name, command]) => [name, await run(command)]));
for (const [name, { code, output }] of results) {
  process.stdout.write(`${code === 0 ? 'ok     ' : 'FAILED '} ${name}\n`);
  if (code !== 0) process.stdout.write(`${output}\n`);
}
process.exit(results.some(([, { code }]) => code !== 0) ? 1 : 0);
