import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');

/** What our lint says of files with these contents, by file: only what is refused as syntax, or as a global. */
function refused(files: Readonly<Record<string, string>>): Record<string, string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-lint-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    // Copied: a module behind a link would take this repository for its folder.
    for (const name of ['package.json', 'tsconfig.json', 'eslint.config.mjs'])
      copyFileSync(join(ROOT, name), join(folder, name));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const eslint = join(ROOT, 'node_modules', 'eslint', 'bin', 'eslint.js');
    const { stdout, stderr } = spawnSync(process.execPath, [eslint, '--format', 'json', ...Object.keys(files)], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (!stdout.startsWith('[')) throw new Error(`eslint did not run: ${stderr}`);
    const results = JSON.parse(stdout) as { filePath: string; messages: { ruleId: string; message: string }[] }[];
    return Object.fromEntries(
      results.map(({ filePath, messages }, i) => [
        Object.keys(files).find((path) => filePath.endsWith(path)) ?? String(i),
        messages.map(({ ruleId, message }) =>
          ruleId?.startsWith('no-restricted') ? message : `${ruleId}: ${message}`,
        ),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const ON = 'interface On { query(text: string): Promise<object[]>; run(text?: string): Promise<number>; tx: On }\n';
const IN_STORE = 'Every SQL statement of our own tables is in store/: call a function there.';

test('SQL is refused outside the store, and what only looks like it is not', () => {
  const rows = `${ON}export const rows = (database: On): Promise<object[]> => database.query('select 1');\n`;
  expect(
    refused({
      'scripts/rows.ts': rows,
      'model/rows.ts': rows,
      'activities/writes.ts': `${ON}export const n = (tx: On): Promise<number> => tx.run('delete from t');\n`,
      'client/deep.ts': `${ON}export const n = (runtime: { database: On }): Promise<number> => runtime.database.run('');\n`,
      'store/rows.ts': rows,
      'bench/rows.ts': rows,
      'testing/rows.ts': rows,
      'test/rows.ts': rows,
      'workers/runs.ts': `${ON}export const n = (worker: On): Promise<number> => worker.run();\n`,
      'client/asks.ts': `${ON}export const state = (handle: On): Promise<object[]> => handle.query('state');\n`,
    }),
  ).toEqual({
    'scripts/rows.ts': [IN_STORE],
    'model/rows.ts': [IN_STORE],
    'activities/writes.ts': [IN_STORE],
    'client/deep.ts': [IN_STORE],
    'store/rows.ts': [],
    'bench/rows.ts': [],
    'testing/rows.ts': [],
    'test/rows.ts': [],
    'workers/runs.ts': [],
    'client/asks.ts': [],
  });
});

test('the clock and chance are refused where they are arguments', () => {
  const clock = 'export const now = (): number => Date.now();\n';
  const chance = 'export const x = (): number => Math.random();\n';
  expect(refused({ 'model/clock.ts': clock, 'workflows/clock.ts': clock, 'store/chance.ts': chance })).toEqual({
    'model/clock.ts': ['model/ reads no clock.'],
    'workflows/clock.ts': [expect.stringContaining('model/ and workflows/ read no clock')],
    'store/chance.ts': ['Chance is an argument.'],
  });
});
