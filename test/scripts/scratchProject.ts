import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const ROOMS = [
  ...['model', 'sources', 'checks', 'sinks', 'cleaning', 'store', 'activities', 'workflows', 'workers', 'client'],
  ...['scripts', 'weir.config.ts', 'package.json', 'package-lock.json'],
];

/** A project beside this one, with the same rooms and pipelines of its own: what a user edits between two commands a test writes. */
export class ScratchProject {
  /** Absolute: commands run there. */
  readonly root: string;

  constructor(name: string) {
    this.root = path.resolve('.weir', 'test', `project-${name}-${process.pid}`);
    mkdirSync(this.root, { recursive: true });
    for (const room of ROOMS) cpSync(room, path.join(this.root, room), { recursive: true, preserveTimestamps: true });
    symlinkSync(path.resolve('node_modules'), path.join(this.root, 'node_modules'));
  }

  write(file: string, text: string): void {
    const full = path.join(this.root, file);
    mkdirSync(path.dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
