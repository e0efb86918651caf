import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');

/** What is too large in `folder`: one line each. */
function tooLarge(folder: string): string[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'scripts', 'launch', 'sizes.mjs'), folder],
    { encoding: 'utf8' },
  );
  const lines = stdout.split('\n').filter(Boolean);
  if (stderr !== '' || status !== (lines.length > 0 ? 1 : 0)) throw new Error(`sizes.mjs did not run: ${stderr}`);
  return lines;
}

/** The same of a folder with files of so many lines. */
function tooLargeOf(files: Readonly<Record<string, number>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'weir-sizes-'));
  try {
    for (const [path, lines] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), 'line\n'.repeat(lines));
    }
    return tooLarge(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const flat = (folder: string, count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/f${i}.ts`, 1]));

describe('what a reader can hold', () => {
  test('is what we have', () => {
    expect(tooLarge(ROOT)).toEqual([]);
  });

  test('is no file over 300 lines, TypeScript or not', () => {
    const files = { ...flat('model', 2), 'model/b.ts': 300, 'test/a.test.ts': 301, 'scripts/launch/a.mjs': 301 };
    expect(tooLargeOf({ ...files, 'node_modules/x/long.js': 400 })).toEqual([
      'scripts/launch/a.mjs: 301 lines, at most 300',
      'test/a.test.ts: 301 lines, at most 300',
    ]);
  });

  test('is product files of which half are short; tests and benches are not counted', () => {
    const files = { 'model/a.ts': 99, 'model/b.ts': 100, 'model/c.ts': 100, 'test/a.test.ts': 1, 'bench/a.ts': 1 };
    expect(tooLargeOf(files)).toEqual(['product TypeScript: median of 100 lines, under 100 is asked']);
    expect(tooLargeOf({ ...files, 'model/d.ts': 99, 'model/e.ts': 99 })).toEqual([]);
  });

  test('is no folder with more than 15 TypeScript files flat, but the verbs and tests', () => {
    const verbs = { ...flat('scripts/commands', 20), ...flat('test/checks', 20) };
    expect(tooLargeOf({ ...flat('store', 15), ...flat('store/proof', 15), ...verbs })).toEqual([]);
    expect(tooLargeOf({ ...flat('store', 16), ...verbs })).toEqual(['store/: 16 TypeScript files flat, at most 15']);
  });
});
