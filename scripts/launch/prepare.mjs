// What must be true before any command runs: dependencies as the lockfile says, TypeScript compiled. Node's own modules only,
// until the dependencies are there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json: the project, whatever the caller's working directory is. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Every folder that is compiled. */
export const ROOMS = [
  'pipelines',
  'sources',
  'sinks',
  'checks',
  'model',
  'cleaning',
  'store',
  'activities',
  'workflows',
  'workers',
  'client',
  'scripts',
  'bench',
  'examples',
];
const INSTALLED = path.join(ROOT, 'node_modules', '.weir-lockfile');
const DIST = path.join(ROOT, 'dist');

/** Installs and compiles what is not up to date; nothing to do costs a few dozen milliseconds. */
export async function prepare() {
  process.chdir(ROOT);
  install();
  await compile();
}

function install() {
  const wanted = digest(readFileSync(path.join(ROOT, 'package-lock.json')));
  if (existsSync(INSTALLED) && readFileSync(INSTALLED, 'utf8') === wanted) return;
  process.stderr.write('installing what the lockfile says (npm ci)\n');
  const npm = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
  const result = spawnSync(npm[0], [...npm[1], 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) {
    process.stderr.write(
      'npm ci failed: see above; nothing else was changed. Fix the network or the lockfile, then run the command again.\n',
    );
    process.exit(1);
  }
  writeFileSync(INSTALLED, wanted);
}

async function compile() {
  const sources = [...ROOMS.flatMap((room) => walk(path.join(ROOT, room))), path.join(ROOT, 'weir.config.ts')];
  const stamp = digest(
    [...sources, fileURLToPath(import.meta.url)]
      .map((file) => `${path.relative(ROOT, file)} ${statSync(file).mtimeMs} ${statSync(file).size}`)
      .join('\n'),
  );
  const stampFile = path.join(DIST, '.stamp');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const { build } = await import('esbuild');
  // Built beside and moved in as a whole: a command that runs meanwhile never loads half a build.
  const fresh = path.join(ROOT, `dist.${process.pid}`);
  await build({
    entryPoints: sources.filter((file) => file.endsWith('.ts')),
    outdir: fresh,
    outbase: ROOT,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    define: { 'globalThis.WEIR_FAILPOINTS': 'false' },
    logLevel: 'silent',
  }).catch((error) => {
    rmSync(fresh, { recursive: true, force: true });
    if (!error.errors?.length) throw error;
    refuse(error.errors);
  });
  for (const file of sources.filter((source) => source.endsWith('.sql'))) {
    const copy = path.join(fresh, path.relative(ROOT, file));
    mkdirSync(path.dirname(copy), { recursive: true });
    cpSync(file, copy);
  }
  writeFileSync(path.join(fresh, '.stamp'), stamp);
  const old = path.join(ROOT, `dist.old.${process.pid}`);
  if (existsSync(DIST)) renameSync(DIST, old);
  try {
    renameSync(fresh, DIST);
  } catch {
    // Another command was quicker with the same sources: its build is as good.
    rmSync(fresh, { recursive: true, force: true });
  }
  rmSync(old, { recursive: true, force: true });
}

// Said as every other error is: where, what, next; esbuild's own words come with a stack of ours that helps nobody.
function refuse(errors) {
  const lines = errors.flatMap(({ text, location: at }) =>
    at ? [`${at.file}:${at.line}:${at.column + 1}: ${text}`, `  ${at.lineText.trim().slice(0, 200)}`] : [text],
  );
  const told = {
    error: 'DefinitionInvalid',
    message: lines.join('\n'),
    next: 'fix it there, then the same command again; npx tsc -p . says what else the compiler refuses',
    stillTrue: 'nothing was started; what runs goes on with the code it has',
  };
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(told)}\n`);
  else process.stderr.write(`${told.message}\n  Still true: ${told.stillTrue}\n  Next: ${told.next}\n`);
  process.exit(1);
}

function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const full = path.join(folder, entry.name);
      return entry.isDirectory() ? walk(full) : /\.(ts|sql)$/.test(entry.name) ? [full] : [];
    })
    .sort();
}

const digest = (text) => createHash('sha256').update(text).digest('hex');

/** Prepares, then runs a compiled entry in this process, with source maps. */
export async function launch(entry) {
  await prepare();
  process.setSourceMapsEnabled(true);
  const { createRequire } = await import('node:module');
  createRequire(import.meta.url)(path.join(DIST, entry));
}
