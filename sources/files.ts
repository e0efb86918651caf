import type { BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { posix, resolve } from 'node:path';
import type { PathUnit, PathValues } from '../model/definition/pathPattern';
import { filledPath, pathPattern, unitOf, valuesAt } from '../model/definition/pathPattern';
import type { Listed, Offer } from '../model/definition/source';
import {
  DefinitionInvalid,
  PipelineError,
  quote,
  SourceMissing,
  SourceUnreadable,
  Unavailable,
} from '../model/run/errors';
import type { Instant } from '../model/time/time';
import { instant, millis } from '../model/time/time';
import type { Window } from '../model/time/window';
import { isWhole, split } from '../model/time/window';
import { localDate, localHour } from '../model/time/zones';
import type { Place } from './missingFile';
import { hintOf } from './missingFile';
import { notText } from './notText';

/** How much of a file is read at once: 1 MiB. */
export const CHUNK_BYTES = 1 << 20;

const HOUR_MS = 3_600_000;
const NOTHING_LANDED = 'nothing of it was landed; readers keep what was published';
const ABSENT = new Set(['ENOENT', 'ENOTDIR']);
/** The machine is short of something, which may pass. */
const BUSY = new Set(['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'ETIMEDOUT', 'ESTALE', 'ENOMEM']);

/**
 * Files by path, relative to the project root (the working directory). A literal path is one file for every window; with `{date}` (or `{year}`,
 * `{month}`, `{day}`), and `{hour}`, each day, month or hour has its own: the pipeline's own days, in the zone of its windows.
 */
export type FilePaths = Pick<Listed, 'shared' | 'path' | 'names' | 'named' | 'list' | 'one' | 'sample'>;

/** Reads the placeholders of a path, however it is written (`./land/x.csv` is `land/x.csv`); `growth` is how many bytes of text a byte of the file becomes. */
export function filePaths(written: string, growth = 1): FilePaths {
  const path = posix.normalize(written);
  const unit = readUnit(path);
  const pattern = pathPattern(path);
  const names = (origin: string): boolean => pattern.test(origin);
  const place = { path, names, unit };
  const one = async (origin: string): Promise<Offer | null> => (names(origin) ? offer(origin, growth, place) : null);
  // A file of a month or a year has many windows.
  const shared = unit === null || unit === 'month' || unit === 'year';
  const named = (range: Window, zone = 'UTC'): string[] => {
    if (unit === null) return [path];
    if (isWhole(range))
      throw new DefinitionInvalid(`path ${quote(path)} has a file per window, and this pipeline has one window`, {
        next: "name one file, or give the pipeline a window such as '1d'",
      });
    return [...new Set(momentsOf(unit, range, zone).map((values) => filledPath(path, values)))];
  };
  return {
    ...{ shared, path, names, named, one, sample: (path) => offer(path, growth) },
    // None is skipped: a file that is not there is SourceMissing.
    async list(range: Window, zone?: string) {
      const offers: Offer[] = [];
      for (const origin of named(range, zone)) offers.push(await offer(origin, growth, place));
      return offers;
    },
  };
}

function readUnit(path: string): PathUnit {
  try {
    return unitOf(path);
  } catch (error) {
    throw new DefinitionInvalid(`path ${quote(path)}: ${(error as Error).message}`);
  }
}

/** What the placeholders stand for at each hour, day or month of a range, oldest first: an hour that clocks repeat comes once, one that they skip does not. */
function momentsOf(unit: 'hour' | 'day' | 'month' | 'year', range: Window, zone: string): PathValues[] {
  const pieces =
    unit === 'hour'
      ? hoursOf(range)
      : split(unit === 'day' ? `1d@${zone}` : `1mo@${zone}`, range).map(({ start }) => start);
  return pieces.map((start) => {
    const ms = millis(start);
    return valuesAt(localDate(zone, ms), localHour(zone, ms));
  });
}

// By the hour from where the range begins, which is where an hour of its zone does: zones of half hours have theirs.
function hoursOf({ start, end }: Window): Instant[] {
  const first = millis(start);
  const last = millis(end) - 1;
  const count = Math.ceil((last - first) / HOUR_MS);
  // And where it ends: a range that begins inside an hour may end inside another.
  return [...Array.from({ length: count }, (_, i) => instant(first + i * HOUR_MS)), instant(last)];
}

/**
 * Runs `body` over the file that was offered, opened once.
 * @throws SourceUnreadable when it is not the offered version, before or after: whoever landed part of it rolls back.
 */
export async function* readingFile<T>(
  offer: Offer,
  body: (file: FileHandle, bytes: number) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const path = resolve(offer.origin);
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const facts = await file.stat({ bigint: true });
    assertFile(offer.origin, facts);
    assertSame(offer, facts);
    yield* body(file, Number(facts.size));
    assertSame(offer, await file.stat({ bigint: true }));
    // A file renamed into its place leaves the open one as it was.
    assertSame(offer, await stat(path, { bigint: true }));
  } catch (error) {
    throw await asSourceError(offer.origin, error);
  } finally {
    await file?.close();
  }
}

/** The bytes of the file of text that was offered, verbatim. @throws SourceUnreadable when it is empty, or surely something else (gzip, UTF-16, an image); `isText` says of first bytes that the caller can read them. */
export function readText(offer: Offer, isText: (first: Buffer) => boolean = () => false): AsyncIterable<Buffer> {
  return readingFile<Buffer>(offer, async function* (file, bytes) {
    if (bytes === 0) throw empty(offer.origin);
    let first = true;
    for await (const chunk of file.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false })) {
      const other = first && !isText(chunk as Buffer) ? notText(chunk as Buffer) : null;
      if (other) throw unreadable(offer.origin, `it is ${other.what}, not text in UTF-8`, { next: other.next });
      first = false;
      yield chunk as Buffer;
    }
  });
}

/** A file of no bytes: a producer that died, more often than one that had nothing to say. */
const empty = (origin: string): PipelineError =>
  unreadable(origin, 'it is empty (0 bytes)', {
    next: 'write it again; a file that is meant to hold no records holds a CSV header, or one blank line of NDJSON',
  });

/** What cannot be read, in the words all file sources share. */
export function unreadable(
  origin: string,
  problem: string,
  more: { next?: string; cause?: unknown } = {},
): PipelineError {
  return new SourceUnreadable(`${origin} cannot be read: ${problem}`, { stillTrue: NOTHING_LANDED, ...more });
}

async function offer(origin: string, growth: number, place?: Place): Promise<Offer> {
  try {
    const facts = await stat(resolve(origin), { bigint: true });
    assertFile(origin, facts);
    return { origin, version: versionOf(facts), bytesHint: Math.ceil(Number(facts.size) * growth) };
  } catch (error) {
    throw await asSourceError(origin, error, place);
  }
}

const versionOf = (facts: BigIntStats): string => `${facts.size}-${facts.mtimeNs}`;

function assertFile(origin: string, facts: BigIntStats): void {
  if (facts.isDirectory()) throw unreadable(origin, 'it is a folder (EISDIR)', { next: 'name a file in it' });
  if (!facts.isFile()) throw unreadable(origin, 'it is no regular file', { next: 'copy it to a file' });
}

function assertSame(offer: Offer, facts: BigIntStats): void {
  if (versionOf(facts) !== offer.version)
    throw unreadable(offer.origin, `it changed while being read (${offer.version}, now ${versionOf(facts)})`, {
      next: 'run again once it is written to its end; write elsewhere and rename to be safe',
    });
}

async function asSourceError(origin: string, error: unknown, place?: Place): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof PipelineError || code === undefined) return error;
  if (BUSY.has(code))
    return new Unavailable(`${origin} cannot be read now: ${code}`, { cause: error, stillTrue: NOTHING_LANDED });
  if (!ABSENT.has(code)) {
    const next = code === 'EACCES' ? `let the worker's user read ${resolve(origin)}` : `look at ${resolve(origin)}`;
    return unreadable(origin, code, { cause: error, next });
  }
  return new SourceMissing(`${origin} is not there${await hintOf(origin, place)}`, {
    cause: error,
    next: `put it at ${resolve(origin)}, or fix the path; it is relative to the working directory`,
    stillTrue: NOTHING_LANDED,
  });
}
