import type { FileHandle } from 'node:fs/promises';
import { closest } from 'fastest-levenshtein';
import type { Listed } from '../model/definition/source';
import { PipelineError, quote } from '../model/run/errors';
import { CHUNK_BYTES, filePaths, readingFile, unreadable } from './files';
import type { AsyncBuffer, SchemaTree } from './parquet/library';
import { records } from './parquet/records';
import { scalarOf } from './parquet/scalar';

/** Text per byte of Parquet: 8.1 for flights-3m (few values, ZSTD), 2.3 where no value comes twice. Rather too many. */
const GROWTH = 8;

interface ParquetFiles {
  /** One file, or one per day or hour with `{date}` and `{hour}`. */
  readonly path: string;
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
export function parquetFiles({ path, eventTime }: ParquetFiles): Listed {
  return {
    kind: 'parquetFiles',
    format: 'csv',
    describe: `parquet files ${path}`,
    ...filePaths(path, GROWTH),
    read: (offer) =>
      readingFile(offer, async function* (file, bytes) {
        if (bytes === 0) throw unreadable(offer.origin, 'it is empty (0 bytes)', { next: 'write the file again' });
        try {
          yield* records(slices(file, bytes), CHUNK_BYTES, (columns) => {
            if (eventTime !== undefined) assertEventTime(offer.origin, eventTime, columns);
          });
        } catch (error) {
          if (error instanceof PipelineError || (error as NodeJS.ErrnoException).code !== undefined) throw error;
          // The library runs in a realm of its own under Jest, so its errors are known by their words.
          const problem = (error as { message?: unknown }).message ?? error;
          const next = 'write the file again, to its end, with Snappy, gzip, Brotli, LZ4 or ZSTD';
          throw unreadable(offer.origin, `broken or unsupported Parquet: ${String(problem)}`, { cause: error, next });
        }
      }),
  };
}

function assertEventTime(origin: string, eventTime: string, columns: readonly SchemaTree[]): void {
  const names = columns.map(({ element }) => element.name);
  const column = columns.find(({ element }) => element.name === eventTime);
  if (!column)
    throw unreadable(origin, `it has no field ${quote(eventTime)} for event time (${names.join(', ')})`, {
      next: `name another as eventTime: did you mean ${quote(closest(eventTime, names))}?`,
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
