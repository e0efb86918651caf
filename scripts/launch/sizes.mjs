#!/usr/bin/env node
// What a reader can hold: no file over 300 lines, half of the product's TypeScript under 100, no folder with more than 15 of its files flat.
// Prints what is larger in the folder it is given (this one, where none is), one line each; exit 1 when anything is.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { argv, exit, stdout } from 'node:process';

const MOST_LINES = 300;
const MEDIAN_LINES = 100;
const MOST_FILES = 15;
const OURS = /\.(ts|[mc]?js|sql|md)$/;
/** Installed, compiled or recorded; not written by hand. */
const NOT_OURS = /^(\.git|\.weir|coverage|dist.*|fixtures|golden|histories|node_modules)$/;
/** One verb, one file; and tests, which are as many as there are things to say. */
const MAY_BE_WIDE = /^(scripts\/commands|test)(\/|$)/;
const NOT_PRODUCT = /^(test|bench)\//;

function filesOf(root, folder = '') {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.test(entry.name) ? [] : filesOf(root, name);
    return entry.isFile() && OURS.test(name) ? [name] : [];
  });
}

function tooLarge(root) {
  const lines = new Map(
    filesOf(root).map((name) => [name, readFileSync(path.join(root, name), 'utf8').trimEnd().split('\n').length]),
  );
  const typescript = [...lines.keys()].filter((name) => name.endsWith('.ts'));
  const product = typescript.filter((name) => !NOT_PRODUCT.test(name)).map((name) => lines.get(name));
  const median = product.sort((a, b) => a - b)[product.length >> 1] ?? 0;
  const folders = new Map();
  for (const name of typescript) {
    const folder = path.posix.dirname(name);
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  return [
    ...[...lines].filter(([, n]) => n > MOST_LINES).map(([name, n]) => `${name}: ${n} lines, at most ${MOST_LINES}`),
    ...(median < MEDIAN_LINES ? [] : [`product TypeScript: median of ${median} lines, under ${MEDIAN_LINES} is asked`]),
    ...[...folders]
      .filter(([folder, n]) => n > MOST_FILES && !MAY_BE_WIDE.test(folder))
      .map(([folder, n]) => `${folder}/: ${n} TypeScript files flat, at most ${MOST_FILES}`),
  ];
}

const found = tooLarge(argv[2] ?? '.');
stdout.write(found.map((line) => `${line}\n`).join(''));
exit(found.length > 0 ? 1 : 0);
