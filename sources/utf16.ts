import type { Encoding } from '../model/definition/reading/encoding';
import { SourceUnreadable } from '../model/run/errors';

type Order = 'utf-16le' | 'utf-16be';

/** The mark of UTF-8: what was UTF-16 lands with it, so that raw says itself what it is. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
/** How much of a file is looked at. */
const LOOKED_AT = 4_096;

/** True of a file that begins with the mark of UTF-16, or that its definition says is in it. */
export const isUtf16 = (first: Buffer, encoding: Encoding | undefined): boolean => {
  const mark = first.subarray(0, 4).toString('hex');
  // UTF-32 begins like UTF-16, with a NUL behind it.
  if ((mark.startsWith('fffe') && mark !== 'fffe0000') || mark.startsWith('feff')) return true;
  return encoding !== undefined && encoding.startsWith('utf-16') && !mark.startsWith('efbbbf');
};

/** What lands of a file of text: where it is UTF-16 the same in UTF-8, else its bytes. @throws SourceUnreadable where it is no UTF-16 and is said to be */
export async function* asUtf8(
  origin: string,
  encoding: Encoding | undefined,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let read = 0;
  const decoded = (chunk: Buffer | null): Buffer => {
    try {
      return Buffer.from(chunk ? decoder!.decode(chunk, { stream: true }) : decoder!.decode());
    } catch (cause) {
      const place = chunk ? `behind byte ${read}` : 'at its end';
      throw noUtf16(origin, `it is no ${decoder!.encoding.toUpperCase()} ${place}`, cause);
    }
  };
  for await (const chunk of chunks) {
    if (read === 0 && isUtf16(chunk, encoding)) {
      decoder = new TextDecoder(orderOf(origin, chunk, encoding), { fatal: true });
      yield MARK;
    }
    yield decoder ? decoded(chunk) : chunk;
    read += chunk.length;
  }
  if (decoder) yield decoded(null);
}

// By its mark; else by which half of each character of ASCII is NUL, which delimiters and line ends show.
function orderOf(origin: string, first: Buffer, encoding: Encoding | undefined): Order {
  const mark = first.subarray(0, 2).toString('hex');
  if (mark === 'fffe') return 'utf-16le';
  if (mark === 'feff') return 'utf-16be';
  const nuls = [0, 0];
  for (let i = 0; i < Math.min(first.length, LOOKED_AT); i++) if (first[i] === 0) nuls[i % 2]!++;
  const order = nuls[0]! > nuls[1]! ? 'utf-16be' : 'utf-16le';
  if (nuls[0] === nuls[1]) throw noUtf16(origin, 'it is no UTF-16, as dialect.encoding says');
  if (encoding !== 'utf-16' && encoding !== order)
    throw noUtf16(origin, `it is ${order.toUpperCase()}, and dialect.encoding says ${String(encoding)}`);
  return order;
}

const noUtf16 = (origin: string, problem: string, cause?: unknown): SourceUnreadable =>
  new SourceUnreadable(`${origin} cannot be read: ${problem}`, {
    next: "look at where it comes from; dialect: { encoding: 'utf-16' } reads both orders, without it a mark says them",
    stillTrue: 'nothing of it was landed; readers keep what was published',
    cause,
  });
