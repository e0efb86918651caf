import { setTimeout as wait } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { cleaningFingerprint } from '../model/compile/compile';
import type { Pipeline } from '../model/definition/pipeline';
import type { Offer } from '../model/definition/source';
import type { StepCall } from '../model/run/claim';
import { Busy } from '../model/run/errors';
import type { Ingested } from '../model/run/outcome';
import { land } from '../store/inflow/land';
import type { StepAttempt } from '../store/ledger/fence';
import { recordStep } from '../store/ledger/fence';
import type { OriginState } from '../store/ledger/origins';
import { isUpToDate, originStates, withOrigin } from '../store/ledger/origins';
import { cleanDelivery } from './clean';
import type { ActivityDependencies } from './context';
import { stepAttempt, withHeartbeat, pipelineOf } from './context';

const POLL_MS = 200;
/** How long one attempt waits for others before it asks Temporal for another turn, freeing its slot. */
const PATIENCE_MS = 60_000;

interface Timed extends Ingested {
  readonly landMs: number;
  readonly cleanMs: number;
}

/** What the source has for the window: landed and cleaned, once, by whoever comes first; the others wait without failing. */
export async function ingest(room: ActivityDependencies, call: StepCall): Promise<Ingested> {
  const pipeline = pipelineOf(room, call);
  const at = stepAttempt(call, 'ingest');
  const started = performance.now();
  const { landMs, cleanMs, ...result } = await withHeartbeat(async (progress) => {
    const offers = await pipeline.source.offers(call.claim.order.window);
    const code = cleaningFingerprint(call.claim.order.plan);
    const states = await originStates(
      room.database,
      pipeline.name,
      code,
      offers.map((offer) => offer.origin),
    );
    const done = { deliveries: 0, landedRecords: 0, rows: 0, deadLetters: 0, landMs: 0, cleanMs: 0 };
    const work = [
      ...offers
        .filter(
          (offer) =>
            !isUpToDate(
              states.find((state) => state.origin === offer.origin),
              offer.version,
            ),
        )
        .map((offer) => offer.origin),
      ...(await unfinishedOrigins(room, pipeline.name, code)),
    ];
    for (const origin of new Set(work)) add(done, await bringUpToDate(room, pipeline, at, origin, progress));
    return done;
  });
  // Seconds a layer are for people who read the ledger; the workflow has no use for them.
  await recordStep(
    room.database,
    at,
    { ...result, landMs, cleanMs },
    { rowsIn: result.landedRecords, rowsOut: result.rows },
    performance.now() - started,
  );
  return result;
}

/** Brings one origin to the state where its present version is landed and all of it cleaned by this code. */
async function bringUpToDate(
  room: ActivityDependencies,
  pipeline: Pipeline,
  attempt: StepAttempt,
  origin: string,
  progress: (details: unknown) => void,
): Promise<Timed> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      const started = performance.now();
      const { order } = attempt.claim;
      const code = cleaningFingerprint(order.plan);
      const landed = await withOrigin(room.database, attempt, origin, async (tx) => {
        // Asked again under the lock: whoever had it may have done the work, and the file may be a newer one by now.
        const offer = (await pipeline.source.offers(order.window)).find((candidate) => candidate.origin === origin);
        const [state] = await originStates(tx, pipeline.name, code, [origin]);
        if (!offer || state?.version === offer.version) return { records: 0 };
        return land(tx, pipeline.name, pipeline.source, offer as Offer, attempt.claim.epoch, (records) =>
          progress({ origin, landed: records }),
        );
      });
      const landedAt = performance.now();
      const cleaned = await cleanDelivery(room, pipeline, attempt, origin, progress);
      const cleanMs = performance.now() - landedAt;
      return {
        deliveries: landed.records > 0 ? 1 : 0,
        landedRecords: landed.records,
        ...cleaned,
        landMs: landedAt - started,
        cleanMs,
      };
    } catch (error) {
      if (!(error instanceof Busy) || Date.now() > deadline) throw error;
      await wait(POLL_MS, undefined, { signal: cancellationSignal() });
    }
  }
}

// Origins that other code cleaned, or whose cleaning stopped in the middle: no window may be refreshed before they are through.
async function unfinishedOrigins(room: ActivityDependencies, pipeline: string, code: string): Promise<string[]> {
  const rows = await room.database.query<Pick<OriginState, 'origin'>>(
    `select o.origin
       from weir.origins o
       join weir.segments s on s.delivery = o.delivery
      where o.pipeline = $1
   group by o.origin
     having count(s.cleaned_by) > 0 and count(*) filter (where s.cleaned_by is distinct from $2) > 0`,
    [pipeline, code],
  );
  return rows.map((row) => row.origin);
}

function add(sum: { -readonly [K in keyof Timed]: number }, more: Timed): void {
  for (const key of Object.keys(sum) as (keyof Timed)[]) sum[key] += more[key];
}
