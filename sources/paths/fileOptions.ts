import { posix } from 'node:path';
import type { PathPattern } from '../../model/definition/paths/pathPattern';
import { readPath } from '../../model/definition/paths/pathPattern';
import type { Missing } from '../../model/definition/source';
import { DefinitionInvalid, quote } from '../../model/run/errors';
import type { Duration } from '../../model/time/time';
import { durationMs } from '../../model/time/time';
import type { Bounds } from '../compression/decompress';
import { BOUNDS, refusedName } from '../compression/decompress';

/** What every source of files may be told. */
export interface FileOptions {
  /**
   * One path or several, relative to the project. `{date}`, `{hour}`, `{year}`, `{month}`, `{day}`: a file each; `*`, `**`, `{a,b}`: as many as
   * there are; any other `{name}` is a variable, which a column reads by `path('name')`.
   */
  readonly path: string | readonly string[];
  /** A file that was modified less than this ago is still being written: not offered yet. */
  readonly settle?: Duration;
  /** A file is offered once this one lies in its folder; `*` stands for the file's own name (`'*.done'`). */
  readonly marker?: string;
  /** What a time without a file means: `fail` (the default), `empty` (it has no rows: a Sunday), `wait` (it will come). */
  readonly missing?: Missing;
  /** Bounds of what a compressed file may become. */
  readonly decompress?: Partial<Bounds>;
}

/** Options as they are worked with. */
export interface FileRules {
  readonly paths: readonly PathPattern[];
  readonly settleMs: number;
  readonly settle: Duration | null;
  readonly marker: string | null;
  readonly missing: Missing;
}

/** The paths as a person reads them. */
export const described = ({ path }: FileOptions): string => (typeof path === 'string' ? path : path.join(', '));

const MISSING = ['empty', 'fail', 'wait'];
export const OPTIONS = ['path', 'settle', 'marker', 'missing', 'decompress'];

/** Reads options; `known` are those of this kind of files. @throws DefinitionInvalid with the option, its value and what to write. */
export function fileRules(kind: string, options: FileOptions, known: readonly string[] = OPTIONS): FileRules {
  const wrong = (problem: string, next: string): never => {
    throw new DefinitionInvalid(`${kind}: ${problem}`, { next });
  };
  if (typeof options !== 'object' || options === null)
    wrong('it has no options', `${kind}({ path: 'landing/{date}.csv' })`);
  for (const name of Object.keys(options))
    if (!known.includes(name)) wrong(`unknown option ${quote(name)}`, `its options are ${known.join(', ')}`);
  const { path, settle, marker, missing = 'fail', decompress = {} } = options;
  const written = typeof path === 'string' ? [path] : path;
  if (!Array.isArray(written) || written.length === 0)
    wrong(`path is ${shown(path)}`, "a path, or a list of paths: 'landing/{date}/*.csv'");
  const paths = (written as readonly string[]).map((one) => readOne(one, wrong));
  const twice = paths.find(({ text }, i) => paths.findIndex((one) => one.text === text) < i);
  if (twice) wrong(`path names ${quote(twice.text)} twice`, 'name it once');
  if (
    marker !== undefined &&
    (typeof marker !== 'string' || marker === '' || marker === '*' || /\//.test(marker) || /\*.*\*/.test(marker))
  )
    wrong(
      `marker is ${shown(marker)}`,
      "the name of a file in the same folder: '_SUCCESS', or '*.done' with * for the file's name",
    );
  if (!MISSING.includes(missing))
    wrong(`missing is ${shown(missing)}`, `one of ${MISSING.map((one) => `'${one}'`).join(', ')}`);
  for (const [name, value] of Object.entries(decompress))
    if (!(name in BOUNDS))
      wrong(`decompress has no ${quote(name)}`, `its bounds are ${Object.keys(BOUNDS).join(', ')}`);
    else if (typeof value !== 'number' || !(value >= 1))
      wrong(
        `decompress.${name} is ${shown(value)}`,
        'a number from 1 on: maxBytes in bytes, maxRatio in bytes of text a byte of the file',
      );
  let settleMs = 0;
  try {
    if (settle !== undefined) settleMs = durationMs(settle);
  } catch {
    wrong(`settle is ${shown(settle)}`, "how long a file must be left alone, such as '30s' or '2m'");
  }
  return { paths, settleMs, settle: settle ?? null, marker: marker ?? null, missing };
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? quote(value) : (JSON.stringify(value) ?? String(value));

function readOne(written: unknown, wrong: (problem: string, next: string) => never): PathPattern {
  if (typeof written !== 'string' || written.trim() === '')
    return wrong(`path is ${shown(written)}`, "a path: 'landing/{date}/*.csv'");
  const parts = written.split('/');
  const special = parts.findIndex((part) => /[{*]/.test(part));
  if (special !== -1 && parts.slice(special).includes('..'))
    wrong(`path ${quote(written)} goes up (..) behind a placeholder or a glob`, 'write where it leads to');
  const path = posix.normalize(written);
  if (path.endsWith('/')) wrong(`path ${quote(written)} is a folder`, `name the files in it: ${quote(`${path}*`)}`);
  const refused = refusedName(path);
  if (refused) wrong(`path ${quote(written)} is ${refused.what}, which is not read`, refused.next);
  try {
    return readPath(path);
  } catch (error) {
    return wrong(`path ${quote(written)}: ${(error as Error).message}`, NEXT_OF_PATH);
  }
}

const NEXT_OF_PATH =
  'mend the path; {date}, {hour} and their kin are times, {store} a variable, {a,b} alternatives, * and ** globs';
