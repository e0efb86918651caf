import { setTimeout as wait } from 'node:timers/promises';
import { cleaningFingerprint } from '../model/compile/compile';
import { framingText } from '../model/definition/reading/dialect';
import type { Pipeline } from '../model/definition/pipeline';
import type { StepCall } from '../model/run/claim';
import { Busy, SourceWaits } from '../model/run/errors';
import type { AbsentField } from '../model/run/absentField';
import type { Ingested } from '../model/run/outcome';
import { countWindows, rangeName, windowName } from '../model/time/window';
import type { OwedOrigin, TimedIngest } from '../store/inflow/bringUpToDate';
import { bringUpToDate } from '../store/inflow/bringUpToDate';
import type { StepAttempt } from '../store/ledger/fence';
import { proveRun, recordStep } from '../store/ledger/fence';
import { assertNotMoved } from '../store/ledger/originLife';
import { owedOrigins } from '../store/ledger/origins';
import type { ActivityDependencies } from './context';
import { pipelineOf, stepAttempt, withHeartbeat } from './context';
import { offersOf } from './offers';

const POLL_MS = 200;
/** How long one attempt waits for others before it asks Temporal for another turn, freeing its slot. */
const PATIENCE_MS = 60_000;
/** So many origins that are gone, and columns without a field, are told by name. */
const SHOWN = 5;

const nameOf = ({ plan, window }: StepCall['claim']['order']): string =>
  countWindows(plan.grain, window) === 1 ? windowName(window) : rangeName(window);

type NamedField = AbsentField & { readonly origin: string };

/** What the source has for the window: landed and cleaned, once, by whoever comes first; the others wait without failing. */
export async function ingest(dependencies: ActivityDependencies, call: StepCall): Promise<Ingested> {
  const pipeline = pipelineOf(dependencies, call);
  const attempt = stepAttempt(call, 'ingest');
  const { order } = call.claim;
  const started = performance.now();
  await proveRun(dependencies.database, attempt);
  const { landMs, cleanMs, ...result } = await withHeartbeat(async (progress) => {
    await assertNotMoved(dependencies.database, pipeline);
    const { offers, gone, empty, unsettled, waits } = await offersOf(dependencies.database, pipeline, order.window);
    const code = cleaningFingerprint(order.plan);
    const done = { deliveries: 0, landedRecords: 0, rows: 0, deadLetters: 0, landMs: 0, cleanMs: 0 };
    const absent: NamedField[] = [];
    const listed = new Set(offers.map((offer) => offer.origin));
    const framing = framingText(pipeline.source.dialect);
    const owing = await owedOrigins(dependencies.database, pipeline.name, code, framing, offers);
    for (const origin of owing) {
      const owed = { origin, listed: listed.has(origin) };
      const { absent: of, ...counts } = await patiently(dependencies, pipeline, attempt, owed, progress);
      add(done, counts);
      absent.push(...of.map((one) => ({ ...one, origin })));
    }
    // What is there is landed and cleaned, so that the run that comes for the rest has the rest to do.
    if (waits !== null)
      throw new SourceWaits(`${pipeline.name} ${nameOf(order)}: ${waits}`, {
        next: `nothing: the next tick of its schedule takes it; or by hand: weir run ${pipeline.name} ${nameOf(order)}`,
        stillTrue: 'readers keep what was published of this window; what is there is landed',
      });
    const known = offers.length - owing.filter((origin) => listed.has(origin)).length;
    return {
      ...done,
      ...(offers.length > 1 && { offers: { offered: offers.length, known } }),
      ...(empty.length > 0 && { empty: { paths: empty.length, first: empty.slice(0, SHOWN) } }),
      ...(unsettled.length > 0 && {
        unsettled: { origins: unsettled.length, first: unsettled.slice(0, SHOWN).map(({ origin }) => origin) },
      }),
      ...(gone.length > 0 && { gone: { origins: gone.length, first: gone.slice(0, SHOWN) } }),
      ...(absent.length > 0 && { absent: { columns: absent.length, first: absent.slice(0, SHOWN) } }),
    };
  });
  await dependencies.database.tx(async (tx) => {
    await proveRun(tx, attempt);
    // Seconds a layer are for people who read the ledger; the workflow has no use for them.
    const counts = { rowsIn: result.landedRecords, rowsOut: result.rows };
    await recordStep(tx, attempt, { ...result, landMs, cleanMs }, counts, performance.now() - started);
  });
  return result;
}

/** Brings one origin up to date, waiting for whoever else is at work on it. */
async function patiently(
  { database }: ActivityDependencies,
  pipeline: Pipeline,
  attempt: StepAttempt,
  origin: OwedOrigin,
  progress: (details: unknown) => void,
): Promise<TimedIngest> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await bringUpToDate(database, pipeline, attempt, origin, progress);
    } catch (error) {
      if (!(error instanceof Busy) || Date.now() > deadline) throw error;
      await wait(POLL_MS, undefined, { signal: attempt.signal });
    }
  }
}

type Counts = Omit<TimedIngest, 'absent'>;

function add(sum: { -readonly [K in keyof Counts]: number }, more: Counts): void {
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += more[key];
}
