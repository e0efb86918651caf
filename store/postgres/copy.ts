import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { COPY_SIGNATURE } from '../../cleaning/copyFormat';
import type { Tx } from './database';

/**
 * Streams `chunks` into one `copy … from stdin`; the number of rows. Chunks of about 64 KiB keep the client, the socket
 * and the server busy at once; larger ones were slower (docs/decisions/0003).
 */
export async function copyIn(
  tx: Tx,
  statement: string,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<number> {
  const stream = tx.client.query(copyFrom(statement));
  let wake = (): void => undefined;
  stream.on('drain', () => wake());
  const failure = new Promise<never>((_, reject) => stream.on('error', reject));
  const finished = new Promise<void>((resolve) => stream.on('finish', resolve));
  failure.catch(() => undefined);
  try {
    for await (const chunk of chunks) {
      if (!stream.write(chunk)) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), failure]);
      // Between chunks the heartbeat, and other activities, get their turn; a failure shows.
      else await Promise.race([new Promise(setImmediate), failure]);
    }
    stream.end();
    await Promise.race([finished, failure]);
    return stream.rowCount;
  } catch (error) {
    // The stream must be ended before anything else is asked of this connection: the next query would queue behind it for ever.
    if (!stream.destroyed) stream.destroy(error as Error);
    throw error;
  }
}

/** The rows of a `copy … to stdout (format binary)`, each as its fields' bytes (null for NULL). */
export async function* copyOut(tx: Tx, statement: string): AsyncGenerator<(Buffer | null)[]> {
  const stream = tx.client.query(copyTo(statement));
  let rest: Buffer = Buffer.alloc(0);
  let wanted = COPY_SIGNATURE.length;
  let pending: Buffer[] = [];
  let size = 0;
  let offset = COPY_SIGNATURE.length;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    pending.push(chunk);
    size += chunk.length;
    // A row of 4 MB arrives in many chunks; joining only when enough is there keeps this linear.
    if (size < wanted) continue;
    rest = pending.length === 1 ? chunk : Buffer.concat(pending);
    for (;;) {
      const row = parseRow(rest, offset);
      if (typeof row === 'number') {
        wanted = row - offset;
        break;
      }
      if (row === null) return;
      offset = row.end;
      yield row.fields;
    }
    rest = rest.subarray(offset);
    offset = 0;
    pending = [rest];
    size = rest.length;
  }
}

// A row, the offset that must be reached before one can be read, or null at the trailer.
function parseRow(bytes: Buffer, start: number): { fields: (Buffer | null)[]; end: number } | number | null {
  if (bytes.length < start + 2) return start + 2;
  const count = bytes.readInt16BE(start);
  if (count === -1) return null;
  const fields: (Buffer | null)[] = [];
  let at = start + 2;
  for (let i = 0; i < count; i++) {
    if (bytes.length < at + 4) return at + 4;
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0) {
      fields.push(null);
      continue;
    }
    if (bytes.length < at + length) return at + length;
    fields.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { fields, end: at };
}
