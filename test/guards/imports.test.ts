import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
const CRUISER = join(ROOT, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');

/** What dependency-cruiser says of the rooms below `folder` by our table: one line a violation. */
function violations(folder: string, rooms: readonly string[]): string[] {
  const args = [CRUISER, '--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', ...rooms];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1e8 });
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser did not run: ${stderr}`);
  const { summary } = JSON.parse(stdout) as {
    summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
  };
  if (summary.totalCruised === 0) throw new Error('dependency-cruiser saw no file');
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} imports ${to}`).sort();
}

/** The rules that files with these contents break. */
function brokenBy(files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'weir-walls-'));
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const name of ['package.json', 'tsconfig.json']) symlinkSync(join(ROOT, name), join(folder, name));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const rooms = new Set(Object.keys(files).map((path) => path.split('/')[0]!));
    return [...new Set(violations(folder, [...rooms]).map((line) => line.replace(/:.*/, '')))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the walls between the rooms', () => {
  const ROOMS = ['model', 'checks', 'cleaning', 'sources', 'sinks', 'pipelines', 'store', 'activities', 'workflows'];

  test('stand', () => {
    expect(violations(ROOT, [...ROOMS, 'workers', 'client', 'scripts', 'testing', 'bench', 'test'])).toEqual([]);
  });

  test('keep workflows from every room but model, even from its types, and from the machine', () => {
    const files = {
      'store/rows.ts': 'export interface Rows { n: number }',
      'workflows/peeks.ts':
        "import type { Rows } from '../store/rows';\nexport const n = (rows: Rows): number => rows.n;",
      'workflows/reads.ts': "import { readFileSync } from 'node:fs';\nexport const text = readFileSync('x', 'utf8');",
      'workflows/parses.ts': "import { z } from 'zod';\nexport const schema = z.string();",
    };
    expect(brokenBy(files)).toEqual(['workflows-node', 'workflows-packages', 'workflows-rooms']);
  });

  test('keep pg in the store', () => {
    const files = { 'scripts/asks.ts': "import { Client } from 'pg';\nexport const client = new Client();" };
    expect(brokenBy(files)).toEqual(['pg-in-store', 'scripts-packages']);
  });

  test('let types pass where values may not', () => {
    const files = {
      'store/rows.ts': 'export interface Rows { n: number }\nexport const none: Rows = { n: 0 };',
      'sources/types.ts':
        "import type { Rows } from '../store/rows';\nexport const n = (rows: Rows): number => rows.n;",
    };
    expect(brokenBy(files)).toEqual([]);
    files['sources/types.ts'] = "import { none } from '../store/rows';\nexport const n = (): number => none.n;";
    expect(brokenBy(files)).toEqual(['sources-rooms']);
  });

  test('find a circle, also one that a type closes', () => {
    const files = {
      'model/a.ts': "import { b } from './b';\nexport const a = (n: number): number => n + b();",
      'model/b.ts': "import { a } from './a';\nexport type B = number;\nexport const b = (): number => a(1);",
    };
    expect(brokenBy(files)).toEqual(['no-cycles']);
    files['model/a.ts'] = "import type { B } from './b';\nexport const a = (b: B): number => b;";
    expect(brokenBy(files)).toEqual(['no-cycles']);
    files['model/a.ts'] = "import type { B } from './c';\nexport const a = (b: B): number => b;";
    expect(brokenBy({ ...files, 'model/c.ts': 'export type B = number;' })).toEqual([]);
  });
});
