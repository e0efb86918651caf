import { CancellationScope, isCancellation, upsertSearchAttributes } from '@temporalio/workflow';
import type { Claim, Order, Outcome, Steps } from '../model/steps';
import { ATTRIBUTES } from './attributes';
import { shown } from './details';
import { gateClosed, shortText } from './failures';
import { stepsOf } from './proxies';
import { runWindow } from './runWindow';

/**
 * The workflow of one window: runs its steps and closes the run in the ledger however they end.
 * A held window ends it as failed (GateClosed), so that schedules, backfills and people see that nothing was published.
 */
export async function windowWorkflow(order: Order): Promise<Outcome> {
  const steps = stepsOf(order);
  let claim: Claim | undefined;
  const remembering: Steps = { ...steps, claim: async (order) => (claim = await steps.claim(order)) };
  let outcome: Outcome;
  try {
    outcome = await runWindow(shown(remembering, order), order);
  } catch (error) {
    const state = isCancellation(error) ? 'cancelled' : 'failed';
    const { consideredCancelled } = CancellationScope.current();
    await CancellationScope.nonCancellable(async () => {
      // Cancelled between the claim's commit and its answer: asked again, the ledger gives the same claim, to be closed.
      if (consideredCancelled) claim ??= await steps.claim(order);
      if (claim) await steps.close(claim, { state, error: shortText(error) });
    });
    upsertSearchAttributes([{ key: ATTRIBUTES.outcome, value: state }]);
    throw error;
  }
  upsertSearchAttributes([{ key: ATTRIBUTES.outcome, value: outcome.state }]);
  if (outcome.state === 'held') throw gateClosed(order, outcome.gate!);
  return outcome;
}
