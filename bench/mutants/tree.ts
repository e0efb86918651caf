import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Patch } from '../patch';
import { patched } from '../patch';

const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage']);

/** A copy of the source tree that may be spoilt; the packages are those of the original. */
export class Tree {
  private constructor(
    private readonly original: string,
    readonly folder: string,
  ) {}

  /** Copies the tree that this process runs in to `folder`, anew. */
  static copy(folder: string): Tree {
    const original = process.cwd();
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(original)) {
      if (name.startsWith('.') || LEFT_OUT.has(name) || name.startsWith('dist.')) continue;
      cpSync(path.join(original, name), path.join(folder, name), { recursive: true });
    }
    if (!existsSync(path.join(folder, 'node_modules')))
      symlinkSync(path.join(original, 'node_modules'), path.join(folder, 'node_modules'));
    return new Tree(original, folder);
  }

  /** Runs `body` while the patch is in the tree. */
  async with<T>(patch: Patch, body: () => Promise<T>): Promise<T> {
    const source = readFileSync(path.join(this.original, patch.file), 'utf8');
    writeFileSync(path.join(this.folder, patch.file), patched(source, patch));
    try {
      return await body();
    } finally {
      writeFileSync(path.join(this.folder, patch.file), source);
    }
  }
}
