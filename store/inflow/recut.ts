import { framingText } from '../../model/definition/reading/dialect';
import type { Pipeline } from '../../model/definition/pipeline';
import type { DeliveryFacts } from '../ledger/segments';
import { deliveryFacts, readSegment } from '../ledger/segments';
import type { Database, Tx } from '../postgres/database';
import { landBytes } from './land';

/** True when raw was cut into records by another dialect than the definition has now. */
export const isCutOtherwise = ({ source }: Pipeline, framing: string): boolean =>
  source.format === 'csv' && framing !== framingText(source.dialect);

/**
 * Cuts a delivery into records again where the definition has another dialect than it was cut by: from raw, whose preamble and segments are
 * the bytes exactly, so that no source is asked. What it was cut into before is superseded, as by a changed file. Returns the delivery that counts.
 * Must run under the origin's lock.
 */
export async function recut(
  tx: Tx,
  database: Database,
  pipeline: Pipeline,
  id: number,
  progress: (records: number) => void,
): Promise<number> {
  const facts = await deliveryFacts(tx, id);
  if (!isCutOtherwise(pipeline, facts.framing)) return id;
  const [origin] = await tx.query<{ version: string | null; epoch: string }>(
    `select o.version, d.epoch
       from weir.origins o
       join weir.deliveries d on d.id = $3
      where o.pipeline = $1 and o.origin = $2`,
    [pipeline.name, facts.origin, id],
  );
  const { version, epoch } = origin!;
  const what = { origin: facts.origin, version, bytesHint: facts.bytes };
  const landed = await landBytes(
    tx,
    pipeline.name,
    pipeline.source,
    what,
    rawBytes(database, facts),
    Number(epoch),
    progress,
  );
  return landed.delivery;
}

// Reading needs a connection of its own: this one is busy with COPY in the other direction.
async function* rawBytes(database: Database, { id, preamble }: DeliveryFacts): AsyncGenerator<Buffer> {
  yield preamble;
  for (let ordinal = 0; ; ordinal++) {
    const bytes = await database.tx(async (reader) => {
      const [there] = await reader.query(`select from weir.segments where delivery = $1 and ordinal = $2`, [
        id,
        ordinal,
      ]);
      return there ? (await readSegment(reader, id, ordinal)).bytes : null;
    });
    if (bytes === null) return;
    yield bytes;
  }
}
