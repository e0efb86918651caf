import { cleaningFingerprint } from '../../model/compile/compile';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Offer } from '../../model/definition/source';
import { SourceMissing } from '../../model/run/errors';
import type { AbsentField } from '../../model/run/absentField';
import type { Ingested } from '../../model/run/outcome';
import type { StepAttempt } from '../ledger/fence';
import type { OriginState } from '../ledger/origins';
import { originStates, withOrigin } from '../ledger/origins';
import type { Database } from '../postgres/database';
import { cleanDelivery } from './cleanDelivery';
import { land } from './land';
import { recut } from './recut';

/** An origin with work to do. */
export interface OwedOrigin {
  readonly origin: string;
  /** The source named it for this run's window; it is not asked about any other, which is cleaned from raw. */
  readonly listed: boolean;
}

/** What was done for one origin, with the time that each half took. */
export interface TimedIngest extends Pick<Ingested, 'deliveries' | 'landedRecords' | 'rows' | 'deadLetters'> {
  /** Columns whose field no record of it has. */
  readonly absent: readonly AbsentField[];
  readonly landMs: number;
  readonly cleanMs: number;
}

/**
 * Brings one origin to the state where its present version is landed and all of it cleaned by this code; nothing to do costs two queries.
 * @throws Busy while somebody else is at work on it.
 */
export async function bringUpToDate(
  database: Database,
  pipeline: Pipeline,
  attempt: StepAttempt,
  { origin, listed }: OwedOrigin,
  progress: (details: unknown) => void,
): Promise<TimedIngest> {
  const started = performance.now();
  const { order, epoch } = attempt.claim;
  const landed = await withOrigin(database, attempt, origin, async (tx) => {
    // Asked again under the lock: whoever had it may have done the work, and the file may be a newer one by now.
    const [state] = await originStates(tx, pipeline.name, cleaningFingerprint(order.plan), [origin]);
    const offer = listed && state?.state !== 'retired' ? await offerNow(pipeline, origin, state) : null;
    if (!offer || state?.version === offer.version) {
      // Nothing new: but what is there may have to be cut into records by another dialect.
      if (state?.state !== 'retired' && typeof state?.delivery === 'number')
        await recut(tx, database, pipeline, state.delivery, (records) => progress({ origin, landed: records }));
      return { records: 0 };
    }
    return land(tx, pipeline.name, pipeline.source, offer, epoch, (records) => progress({ origin, landed: records }));
  });
  const landedAt = performance.now();
  const cleaned = await cleanDelivery(database, pipeline, attempt, origin, progress);
  return {
    deliveries: landed.records > 0 ? 1 : 0,
    landedRecords: landed.records,
    ...cleaned,
    landMs: landedAt - started,
    cleanMs: performance.now() - landedAt,
  };
}

// One that is landed and gone since it was listed is cleaned from raw.
async function offerNow(pipeline: Pipeline, origin: string, state: OriginState | undefined): Promise<Offer | null> {
  try {
    return await pipeline.source.one(origin);
  } catch (error) {
    if (error instanceof SourceMissing && state !== undefined && state.delivery !== null) return null;
    throw error;
  }
}
