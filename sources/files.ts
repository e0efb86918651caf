import type { BigIntStats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Offer } from '../model/definition/source';
import type { PipelineError } from '../model/run/errors';
import type { Bounds } from './compression/decompress';
import { BOUNDS, compressionOf, decompressed, refusedName } from './compression/decompress';
import type { Place } from './missingFile';
import { notText } from './notText';
import { asSourceError } from './sourceError';
import { unreadable } from './unreadable';

/** How much of a file is read at once: 1 MiB. */
export const CHUNK_BYTES = 1 << 20;

/** Text per byte of a compressed file, about: decides how rows are stored, never what they are. */
const SHRUNK = 5;

/** An offer, and when its file was last written. */
export interface Found {
  readonly offer: Offer;
  readonly modifiedMs: number;
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

/**
 * The text in the file that was offered: its bytes, or what they are when decompressed, where its name ends in `.gz` or `.zst`.
 * @throws SourceUnreadable when it is empty, surely something else (UTF-16, an image), or compressed and not whole; `isText` says of first bytes that
 * the caller can read them.
 */
export function readText(
  offer: Offer,
  bounds: Bounds = BOUNDS,
  isText: (first: Buffer) => boolean = () => false,
): AsyncIterable<Buffer> {
  return readingFile<Buffer>(offer, async function* (file, size) {
    const refused = refusedName(offer.origin);
    if (refused) throw unreadable(offer.origin, `its name says ${refused.what}`, { next: refused.next });
    if (size === 0) throw empty(offer.origin);
    const bytes = file.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, autoClose: false });
    let first = true;
    for await (const chunk of compressionOf(offer.origin) === null
      ? (bytes as AsyncIterable<Buffer>)
      : decompressed(offer.origin, size, bytes, bounds)) {
      const other = first && !isText(chunk) ? notText(chunk) : null;
      if (other) throw unreadable(offer.origin, `it is ${other.what}, not text in UTF-8`, { next: other.next });
      first = false;
      yield chunk;
    }
    if (first) throw empty(offer.origin);
  });
}

/** A file of no bytes: a producer that died, more often than one that had nothing to say. */
const empty = (origin: string): PipelineError =>
  unreadable(origin, 'it is empty (0 bytes)', {
    next: 'write it again; a file that is meant to hold no records holds a CSV header, or one blank line of NDJSON',
  });

/** What there is at `origin`; `growth` is how many bytes of text a byte of the file becomes. @throws SourceMissing, SourceUnreadable */
export async function offerAt(origin: string, growth: number, place?: Place): Promise<Found> {
  try {
    const facts = await stat(resolve(origin), { bigint: true });
    assertFile(origin, facts);
    const bytesHint = Math.ceil(Number(facts.size) * growth * (compressionOf(origin) === null ? 1 : SHRUNK));
    return { offer: { origin, version: versionOf(facts), bytesHint }, modifiedMs: Number(facts.mtimeMs) };
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
