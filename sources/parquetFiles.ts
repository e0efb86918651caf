import type { FileHandle } from 'node:fs/promises';
import { closest } from 'fastest-levenshtein';
import type { Listed } from '../model/definition/source';
import { PipelineError, quote } from '../model/run/errors';
import { compressionOf } from './compression/decompress';
import type { FileOptions } from './paths/fileOptions';
import { described } from './paths/fileOptions';
import { filePaths } from './paths/filePaths';
import { CHUNK_BYTES, readingFile } from './files';
import { unreadable } from './unreadable';
import type { AsyncBuffer, SchemaTree } from './parquet/library';
import { records } from './parquet/records';
import { scalarOf } from './parquet/scalar';

/** Text per byte of Parquet: 8.1 for flights-3m (few values, ZSTD), 2.3 where no value comes twice. Rather too many. */
const GROWTH = 8;

/** Characters of the library's words, and names of columns, that a message holds. */
const SHOWN = 300;
const NAMED = 20;

interface ParquetFiles extends Omit<FileOptions, 'decompress'> {
  /** The field that holds event time: a file without it, or where it is no timestamp or date, is refused unread. */
  readonly eventTime?: string;
}

/**
 * Parquet files, as CSV. A Parquet record has no bytes of its own, so this rendering *is* its raw form: each record one
 * RFC 4180 line, in the file's order, under a header of the column names; the same file gives the same bytes, and no
 * value loses anything.
 *
 * - null is an empty field, empty text is `""`; text is quoted only where it must be, and its bytes are kept as they are
 * - whole numbers and decimals to the digit; floats as the shortest digits that read back the same; `true`, `false`
 * - timestamps `2001-01-05T07:15:00[.123456]Z` (nine digits where a nanosecond needs them); without a zone they are
 *   read as UTC; days `2001-01-05`; times `07:15:00`
 * - lists, structs and maps as JSON text; binary as `\x` and hex
 */
export function parquetFiles(options: ParquetFiles): Listed {
  const paths = filePaths('parquetFiles', options, GROWTH, ['path', 'eventTime', 'settle', 'marker', 'missing']);
  const { eventTime } = options;
  return {
    kind: 'parquetFiles',
    format: 'csv',
    describe: `parquet files ${described(options)}`,
    ...paths,
    read: (offer) =>
      readingFile(offer, async function* (file, bytes) {
        if (compressionOf(offer.origin) !== null)
          throw unreadable(offer.origin, `its name says ${compressionOf(offer.origin)}`, {
            next: 'unpack it: Parquet is read from its end, and compresses by itself',
          });
        if (bytes === 0) throw unreadable(offer.origin, 'it is empty (0 bytes)', { next: 'write the file again' });
        try {
          yield* records(slices(file, bytes), CHUNK_BYTES, (columns) => {
            assertNames(offer.origin, columns);
            if (eventTime !== undefined) assertEventTime(offer.origin, eventTime, columns);
          });
        } catch (error) {
          if (error instanceof PipelineError || isOfSystem(error)) throw error;
          // The library runs in a realm of its own under Jest, so its errors are known by their words.
          const words = String((error as { message?: unknown }).message ?? error);
          if (/call stack/.test(words))
            throw unreadable(offer.origin, 'its schema is nested too deep', { cause: error, next: 'write it flatter' });
          const problem = words.length > SHOWN ? `${words.slice(0, SHOWN)}...` : words;
          const next = 'write the file again, to its end, with Snappy, gzip, Brotli, LZ4 or ZSTD';
          throw unreadable(offer.origin, `broken or unsupported Parquet: ${problem}`, { cause: error, next });
        }
      }),
  };
}

// A damaged footer leads the library to misuse Node's own functions (ERR_…), and decompressors number their faults.
function isOfSystem(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && !code.startsWith('ERR_');
}

// A CSV header is what the records lie under, and a column is read by its name.
function assertNames(origin: string, columns: readonly SchemaTree[]): void {
  const met = new Set<string>();
  for (const { element } of columns) {
    if (met.has(element.name))
      throw unreadable(origin, `it has two columns named ${quote(element.name)}`, {
        next: 'rename one of them where the file is written',
      });
    met.add(element.name);
  }
}

function assertEventTime(origin: string, eventTime: string, columns: readonly SchemaTree[]): void {
  const names = columns.map(({ element }) => element.name);
  const column = columns.find(({ element }) => element.name === eventTime);
  const shown = names.slice(0, NAMED).map((name) => (name.length > SHOWN ? quote(name) : name));
  if (names.length > NAMED) shown.push(`and ${names.length - NAMED} more`);
  if (!column)
    throw unreadable(origin, `it has no field ${quote(eventTime)} for event time (${shown.join(', ')})`, {
      next: `name another as eventTime: did you mean ${quote(closest(eventTime, names.filter(({ length }) => length < SHOWN).slice(0, 1_000)))}?`,
    });
  if (column.children.length > 0 || !scalarOf(column.element).isMoment)
    throw unreadable(origin, `its field ${quote(eventTime)} is no timestamp or date`, { next: 'name another field' });
}

/** `file` by ranges, each read to its end; a file cut short gives a short range, which the reader refuses. */
function slices(file: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
      let at = 0;
      while (at < bytes.length) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, start + at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return bytes.buffer.slice(0, at);
    },
  };
}
