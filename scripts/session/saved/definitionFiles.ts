import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** The rooms that a definition is written in; the others are Weir's own, and a process keeps those that it began with. */
const WRITTEN = ['pipelines', 'examples', 'sources', 'checks', 'sinks'];
/** A definition may import what is here too; the process uses it itself, so that two versions would meet. */
const OWN = ['model', 'cleaning', 'store', 'activities', 'workflows', 'workers', 'client', 'scripts'];
const CONFIG = 'weir.config.ts';
// Looked at, not watched: editors replace files, and not every file system tells.
const LOOK_MS = 400;

/** Each file with what tells one version from another: all that definitions are written in or read, and the code of Weir itself. */
function stamps(): Map<string, string> {
  const files = [...WRITTEN, ...OWN]
    .filter((room) => existsSync(room))
    .flatMap((room) =>
      readdirSync(room, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/^\.|~$/.test(entry.name))
        .map((entry) => path.join(entry.parentPath, entry.name)),
    );
  return new Map([...files, CONFIG].flatMap((file) => stampOf(file)));
}

/** True of a file that a definition is written in: a save of it is taken up without a restart. */
export const isOfDefinitions = (file: string): boolean =>
  file === CONFIG || WRITTEN.some((room) => file.startsWith(room + path.sep));

function stampOf(file: string): [string, string][] {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat ? [[file, `${stat.mtimeMs} ${stat.size}`]] : [];
}

/** Yields the files that were saved, of definitions or of Weir, once they rest; ends when `signal` is aborted. What is saved while the caller works is told after. */
export async function* savedDefinitions(signal: AbortSignal): AsyncGenerator<readonly string[]> {
  let known = stamps();
  let seen = known;
  while (!signal.aborted) {
    await wait(LOOK_MS, undefined, { signal }).catch(() => undefined);
    const now = stamps();
    const rests = differences(seen, now).length === 0;
    seen = now;
    const saved = differences(known, now);
    if (!rests || saved.length === 0 || signal.aborted) continue;
    known = now;
    yield saved;
  }
}

const differences = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((file) => before.get(file) !== after.get(file)).sort();

/** Forgets the compiled definitions that this process has loaded, so that the next load reads those on disk. */
export function forgetDefinitions(): void {
  const dist = path.resolve('dist');
  const mine = [...WRITTEN.map((room) => path.join(dist, room) + path.sep), path.join(dist, 'weir.config.js')];
  for (const file of Object.keys(require.cache))
    if (mine.some((begin) => file.startsWith(begin))) delete require.cache[file];
}

/** The first place in a definition that `error` came through: `pipelines/flights.ts:12`; empty where there is none. */
export function placeIn({ stack }: Error): string {
  // The project may lie in a folder that is called as a room is.
  const frames = (stack ?? '')
    .split('\n    at ')
    .slice(1)
    .join('\n')
    .replaceAll(process.cwd() + path.sep, '');
  const written = new RegExp(`(?<![\\w./-])((?:${WRITTEN.join('|')})/[^\\s():]+\\.ts|weir\\.config\\.ts):(\\d+)`);
  const [, file, line] = written.exec(frames) ?? [];
  return file === undefined ? '' : `${file}:${line}`;
}
