import { CancellationScope, isCancellation, upsertSearchAttributes } from '@temporalio/workflow';
import type { Claim } from '../model/run/claim';
import type { Outcome } from '../model/run/outcome';
import type { RunRequest } from '../model/run/request';
import type { Steps } from '../model/run/steps';
import { stepsOver } from '../model/run/steps';
import { withCurrentDetails } from './shared/currentDetails';
import { afterFailedRun, failureType, gateClosed, shortText, toldFailure } from './shared/failures';
import { caller } from './shared/proxies';
import { ATTRIBUTES } from './shared/searchAttributes';

/**
 * One window from its source to its readers. Every step is idempotent and fenced, so this may stop and start again anywhere.
 *
 *   claim ─▶ ingest ─▶ refresh each table ─▶ publish
 *                           └── gate closed ──▶ hold
 */
export async function runSteps(steps: Steps, request: RunRequest): Promise<Outcome> {
  const claim = await steps.claim(request);
  await steps.ingest(claim); //                                what the source has for this window: landed, cleaned, once
  for (const table of request.plan.tables) {
    const gate = await steps.refresh(claim, { table }); //     cleaned first, then curated in dependency order
    if (gate.closed) return steps.hold(claim, { gate }); //    readers keep the former window
  }
  return steps.publish(claim); //                              one transaction: rows, ledger, fence
}

/**
 * The workflow of one window: runs its steps and closes the run in the ledger however they end. Where the ledger has lost what this run
 * had committed, it begins again, once. A held window ends it as failed (GateClosed), so that schedules, backfills and people see that
 * nothing was published.
 */
export async function runWindow(request: RunRequest): Promise<Outcome> {
  const call = caller(request.plan.pipeline, request.kind);
  let steps = stepsOver(call);
  let claim: Claim | undefined;
  const begin = (asked: RunRequest): Promise<Outcome> => {
    // Numbered from 1 again where the run begins again.
    const numbered = (steps = stepsOver(call));
    const rememberingClaim: Steps = { ...numbered, claim: async (asked) => (claim = await numbered.claim(asked)) };
    return runSteps(withCurrentDetails(rememberingClaim, asked), asked);
  };
  let outcome: Outcome;
  try {
    outcome = await begin(request).catch((error: unknown) => {
      if (failureType(error) !== 'RunLost') throw error;
      return begin({ ...request, again: true });
    });
  } catch (error) {
    const state = isCancellation(error) ? 'cancelled' : 'failed';
    const { consideredCancelled } = CancellationScope.current();
    await CancellationScope.nonCancellable(async () => {
      // Cancelled between the claim's commit and its answer: asked again, the ledger gives the same claim, to be closed.
      if (consideredCancelled) claim ??= await steps.claim(request);
      const type = failureType(error);
      if (claim) await steps.close(claim, { state, error: shortText(error), ...(type !== null && { type }) });
    });
    upsertSearchAttributes([{ key: ATTRIBUTES.outcome, value: state }]);
    throw toldFailure(error, afterFailedRun(request));
  }
  upsertSearchAttributes([{ key: ATTRIBUTES.outcome, value: outcome.state }]);
  if (outcome.state === 'held') throw gateClosed(request, outcome.gate!);
  return outcome;
}
