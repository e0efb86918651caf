import { createHash } from 'node:crypto';
import { COPY_SIGNATURE, COPY_TRAILER, binaryRow, int4 } from '../../cleaning/copyFormat';
import { cutSegments } from '../../cleaning/framing/segments';
import { framingText } from '../../model/definition/reading/dialect';
import type { Listed, Offer } from '../../model/definition/source';
import { copyIn } from '../postgres/copy';
import type { Tx } from '../postgres/database';

/** Deliveries of about this many bytes or more get a partition of their own: their rows are copied without an index, 1.9 times faster. */
export const LARGE_BYTES = 4 * 1024 * 1024;

export interface Landed {
  readonly delivery: number;
  /** Records landed by this call; 0 when the same bytes were there already. */
  readonly records: number;
}

/**
 * Lands what `source` hands over for `offer`, byte for byte, in record-aligned segments, once per (origin, digest, framing).
 * The bytes of a changed origin supersede its former ones; the same bytes again change nothing but the version.
 * Must run under the origin's lock (`withOrigin`). A failure anywhere leaves nothing of it.
 */
export const land = (
  tx: Tx,
  pipeline: string,
  source: Listed,
  offer: Offer,
  epoch: number,
  onProgress: (records: number) => void,
): Promise<Landed> => landBytes(tx, pipeline, source, offer, source.read(offer), epoch, onProgress);

/** The same for bytes that are at hand. */
export async function landBytes(
  tx: Tx,
  pipeline: string,
  source: Pick<Listed, 'format' | 'dialect'>,
  offer: Omit<Offer, 'version'> & { readonly version: string | null },
  chunks: AsyncIterable<Buffer>,
  epoch: number,
  onProgress: (records: number) => void,
): Promise<Landed> {
  const framing = source.format === 'csv' ? framingText(source.dialect) : '';
  const sequence = (offer.bytesHint ?? 0) >= LARGE_BYTES ? 'weir.large_delivery' : 'weir.small_delivery';
  const [next] = await tx.query<{ id: number }>(`select nextval('${sequence}')::integer as id`);
  const delivery = next!.id;
  const whole = createHash('sha256');
  let preamble: Buffer = Buffer.alloc(0);
  let fields: readonly string[] = [];
  let records = 0;
  let bytes = 0;
  // The delivery's row comes first for the foreign key, with what is not known yet filled in at the end.
  await tx.query(
    `insert into weir.deliveries (id, pipeline, origin, digest, format, fields, preamble, bytes, records, epoch, framing)
     values ($1, $2, $3, $4, $5, '[]', '', 0, 0, $6, $7)`,
    [delivery, pipeline, offer.origin, `landing ${delivery}`, source.format, epoch, framing],
  );
  async function* rows(): AsyncGenerator<Buffer> {
    yield COPY_SIGNATURE;
    for await (const piece of cutSegments(source.format, chunks, { dialect: source.dialect })) {
      whole.update(piece.bytes);
      bytes += piece.bytes.length;
      if (piece.kind === 'preamble') {
        preamble = Buffer.from(piece.bytes);
        fields = piece.fields;
        continue;
      }
      records += piece.records;
      const digest = createHash('sha256').update(piece.bytes).digest();
      yield* binaryRow([
        int4(delivery),
        int4(piece.ordinal),
        int4(piece.firstRecord),
        int4(piece.records),
        digest,
        piece.bytes,
      ]);
      onProgress(records);
    }
    yield COPY_TRAILER;
  }
  await copyIn(
    tx,
    'copy weir.segments (delivery, ordinal, first_record, records, sha256, bytes) from stdin (format binary)',
    rows(),
  );

  const digest = whole.digest('hex');
  const [same] = await tx.query<{ id: number }>(
    `select id from weir.deliveries where pipeline = $1 and origin = $2 and digest = $3 and framing = $4`,
    [pipeline, offer.origin, digest, framing],
  );
  if (same) await tx.query(`delete from weir.deliveries where id = $1`, [delivery]);
  else {
    await tx.query(
      `update weir.deliveries set digest = $2, fields = $3, preamble = $4, bytes = $5, records = $6 where id = $1`,
      [delivery, digest, JSON.stringify(fields), preamble, bytes, records],
    );
  }
  const current = same?.id ?? delivery;
  await tx.query(`update weir.origins set version = $3, delivery = $4 where pipeline = $1 and origin = $2`, [
    pipeline,
    offer.origin,
    offer.version,
    current,
  ]);
  return { delivery: current, records: same ? 0 : records };
}
