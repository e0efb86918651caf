import type { PathPattern, PathValues } from '../../model/definition/paths/pathPattern';
import { beginningOf, filledPath, pathPattern, timeOf, valuesAt } from '../../model/definition/paths/pathPattern';
import type { Listed, Offer, Survey } from '../../model/definition/source';
import { DefinitionInvalid, quote, SourceMissing, SourceWaits } from '../../model/run/errors';
import type { Window } from '../../model/time/window';
import { isWhole } from '../../model/time/window';
import type { FileOptions } from './fileOptions';
import { fileRules } from './fileOptions';
import type { Found } from '../files';
import { offerAt } from '../files';
import { findFiles } from './findFiles';
import { isMarker, settling } from './settling';
import { missing } from '../sourceError';
import { momentsOf } from './moments';
import { refusedName } from '../compression/decompress';
import { unreadable } from '../unreadable';

/** All of a source of files but its kind, its format and its bytes. */
export type FilePaths = Omit<Required<Listed>, 'kind' | 'format' | 'describe' | 'dialect' | 'read'>;

/** A path at one time: what is looked for. */
interface Sought {
  readonly pattern: PathPattern;
  /** Its times filled in; globs and variables stand as they are. */
  readonly path: string;
}

/** Which reading of paths this is: another number where a path names other files than before. */
const NAMING = 1;

/** Files looked at together. */
const AT_ONCE = 32;

/**
 * Files by path, relative to the project root (the working directory). A path without a time is for every window; with `{date}` (or `{year}`,
 * `{month}`, `{day}`), and `{hour}`, each day, month or hour has its own: the pipeline's own days, in the zone of its windows.
 * `growth` is how many bytes of text a byte of a file becomes.
 */
export function filePaths(kind: string, options: FileOptions, growth = 1, known?: readonly string[]): FilePaths {
  const rules = fileRules(kind, options, known);
  const { paths } = rules;
  const isNamed = (pattern: PathPattern, origin: string): boolean =>
    pattern.match(origin) !== null && !(pattern.isOpen && isMarker(rules.marker, origin));
  // Where several name it, the first says what is in its path.
  const patternOf = (origin: string): PathPattern | undefined => paths.find((one) => isNamed(one, origin));
  const names = (origin: string): boolean => patternOf(origin) !== undefined;
  const place = (pattern: PathPattern) => ({
    ...{ path: pattern.text, unit: pattern.unit, names },
    optional: options.missing !== undefined || (pattern.unit === null && !pattern.isOpen),
  });
  const look = (origin: string, pattern: PathPattern): Promise<Found> => offerAt(origin, growth, place(pattern));
  const soughtFor = (range: Window, zone = 'UTC'): Sought[] =>
    paths.flatMap((pattern) =>
      [...new Set(timesOf(pattern, range, zone).map((values) => filledPath(pattern.text, values)))].map((path) => ({
        pattern,
        path,
      })),
    );

  async function survey(range: Window, zone?: string): Promise<Survey> {
    const now = Date.now();
    const offers: Offer[] = [];
    const unsettled: { origin: string; why: string }[] = [];
    const absent: { path: string; error: () => Promise<SourceMissing> }[] = [];
    const seen = new Set<string>();
    const settled = settling(rules, now);
    for (const { pattern, path } of soughtFor(range, zone)) {
      const found = await filesAt(path, pattern, (origin) => isNamed(pattern, origin), look);
      if (found.length === 0) absent.push({ path, error: () => missing(path, place(pattern)) });
      for (const one of found.filter(({ offer }) => !seen.has(offer.origin))) {
        const { origin } = one.offer;
        seen.add(origin);
        const why = await settled(one);
        if (why === null) offers.push(one.offer);
        else unsettled.push({ origin, why });
      }
    }
    return { offers, unsettled, missing: absent };
  }

  return {
    // A file of a month or a year has many windows.
    shared: paths.some(({ unit }) => unit === null || unit === 'month' || unit === 'year'),
    path: paths[0]!.text,
    paths,
    missing: rules.missing,
    names,
    naming: JSON.stringify([NAMING, rules.marker, ...paths.map(({ text }) => text)]),
    beginnings: (range, zone) => soughtFor(range, zone).map(({ path }) => beginningOf(path)),
    valuesOf: (origin) => patternOf(origin)?.match(origin) ?? null,
    named: (range, zone) => soughtFor(range, zone).flatMap(({ pattern, path }) => (pattern.isOpen ? [] : [path])),
    namedFor(range, zone) {
      const times = new Map<PathPattern, Set<string>>();
      for (const pattern of paths)
        times.set(pattern, new Set(timesOf(pattern, range, zone).map((values) => timeOf(pattern.text, values))));
      return (origin) =>
        paths.some(
          (pattern) =>
            isNamed(pattern, origin) && times.get(pattern)!.has(timeOf(pattern.text, pattern.match(origin)!)),
        );
    },
    survey,
    async list(range, zone) {
      const found = await survey(range, zone);
      if (found.missing.length > 0 && rules.missing !== 'empty') throw await found.missing[0]!.error();
      return found.offers;
    },
    async one(origin) {
      const pattern = patternOf(origin);
      if (!pattern) return null;
      const found = await look(origin, pattern);
      const why = await settling(rules, Date.now())(found);
      if (why === null) return found.offer;
      throw new SourceWaits(`${origin} ${why}`, { next: 'a later run takes it' });
    },
    sample: async (path) => (await offerAt(path, growth)).offer,
  };
}

/** What the times in a path stand for; once, where it has none. @throws DefinitionInvalid where it has some and the pipeline has one window. */
function timesOf({ text, unit }: PathPattern, range: Window, zone = 'UTC'): PathValues[] {
  if (unit === null) return [{}];
  if (isWhole(range))
    throw new DefinitionInvalid(`path ${quote(text)} has a file per window, and this pipeline has one window`, {
      next: "name one file, or give the pipeline a window such as '1d'",
    });
  return momentsOf(unit, range, zone).map(({ date, hour }) => valuesAt(date, hour));
}

/** The files at a path of one time, each looked at; of one without a glob none where it is not there. */
async function filesAt(
  path: string,
  pattern: PathPattern,
  matches: (origin: string) => boolean,
  look: (origin: string, pattern: PathPattern) => Promise<Found>,
): Promise<Found[]> {
  const ofTime = pathPattern(path);
  const origins = pattern.isOpen ? await findFiles(path, (origin) => ofTime.test(origin) && matches(origin)) : [path];
  const found: Found[] = [];
  for (let at = 0; at < origins.length; at += AT_ONCE) {
    const some = await Promise.all(
      origins.slice(at, at + AT_ONCE).map((origin) =>
        look(origin, pattern).catch((error: unknown) => {
          // Gone since its folder was read, or never there.
          if (error instanceof SourceMissing) return null;
          throw error;
        }),
      ),
    );
    found.push(...some.filter((one) => one !== null));
  }
  if (pattern.isOpen) for (const { offer } of found) assertName(offer.origin);
  return found;
}

function assertName(origin: string): void {
  const refused = refusedName(origin);
  if (refused) throw unreadable(origin, `its name says ${refused.what}`, { next: refused.next });
}
