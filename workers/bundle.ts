import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const ROOT = resolve(__dirname, '..');
/** What goes into the sandbox, and so into the bundle's name. */
const ROOMS = ['workflows', 'model'];
const KEPT_MS = 86_400_000;

/**
 * The workflows as one file that a worker loads, bundled only when they, the model or the SDK changed (2 to 3 s), else found in
 * `folder`. Works from compiled code as well as from TypeScript.
 */
export async function workflowBundle(folder: string): Promise<{ codePath: string }> {
  const codePath = resolve(folder, `${await fingerprintOfSources()}.js`);
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: new DefaultLogger('WARN') });
  await mkdir(folder, { recursive: true });
  // Another process may bundle the same at this moment: each writes its own file, and the last rename wins.
  const unfinished = `${codePath}.${process.pid}`;
  await writeFile(unfinished, code);
  await rename(unfinished, codePath);
  await forgetOld(folder, codePath);
  return { codePath };
}

/** The entry of the workflows: TypeScript in a checkout, JavaScript in dist/. */
function workflowsPath(): string {
  const compiled = join(ROOT, 'workflows', 'index.js');
  return existsSync(compiled) ? compiled : join(ROOT, 'workflows', 'index.ts');
}

async function fingerprintOfSources(): Promise<string> {
  const hash = createHash('sha256').update(await sdkVersion());
  for (const room of ROOMS) {
    const entries = await readdir(join(ROOT, room), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && /\.[jt]s$/.test(entry.name));
    for (const path of files.map((file) => join(file.parentPath, file.name)).sort()) {
      hash.update(`\0${relative(ROOT, path)}\0`).update(await readFile(path));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

// A bundle must be made by the very version that runs it.
async function sdkVersion(): Promise<string> {
  const about = await readFile(require.resolve('@temporalio/worker/package.json'), 'utf8');
  return (JSON.parse(about) as { version: string }).version;
}

async function forgetOld(folder: string, kept: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = resolve(folder, name);
    if (path === kept) continue;
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > KEPT_MS) await unlink(path);
  }
}
