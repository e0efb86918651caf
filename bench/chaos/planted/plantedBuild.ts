import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from 'esbuild';
import type { Patch } from '../../patch';
import { patched } from '../../patch';

/** The build that this file is part of. */
const OWN_BUILD = path.resolve(__dirname, '..', '..', '..');

/** Copies the build to `folder` with one source file patched. @throws Error when the text to replace is not there. */
export function plantedBuild(folder: string, plant: Patch): string {
  const source = patched(readFileSync(plant.file, 'utf8'), plant);
  cpSync(OWN_BUILD, folder, { recursive: true });
  // As scripts/launch/prepare.mjs builds it.
  const { code } = transformSync(source, {
    ...{ loader: 'ts', format: 'cjs', platform: 'node', target: 'node20' },
    define: { 'globalThis.WEIR_FAILPOINTS': 'false' },
  });
  writeFileSync(path.join(folder, plant.file.replace(/\.ts$/, '.js')), code);
  return folder;
}
