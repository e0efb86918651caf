import type { Order, Outcome, Steps } from '../model/steps';

/**
 * One window from its source to its readers. Every step is idempotent and fenced, so this may stop and start again anywhere.
 *
 *   claim ─▶ ingest ─▶ refresh each table ─▶ publish
 *                           └── gate closed ──▶ hold
 */
export async function runWindow(steps: Steps, order: Order): Promise<Outcome> {
  const claim = await steps.claim(order);
  await steps.ingest(claim); //                                what the source has for this window: landed, cleaned, once
  for (const table of order.plan.tables) {
    const gate = await steps.refresh(claim, table); //         cleaned first, then curated in dependency order
    if (gate.closed) return steps.hold(claim, gate); //        readers keep the former window
  }
  return steps.publish(claim); //                              one transaction: rows, ledger, fence
}
