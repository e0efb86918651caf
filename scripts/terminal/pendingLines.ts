import type { PendingWork, Tried } from '../../client/pendingWork';
import { duration } from './table';

/** What is tried again and why, a line for each step and reason; and that nobody serves. */
export const pendingLines = ({ tried, unserved }: PendingWork): string[] => [
  ...grouped(tried).map(([first, ...others]) => triedLine(first!, others.length)),
  ...(unserved === null ? [] : [`no worker serves queue ${unserved}: weir worker`]),
];

/** Steps that fail for one reason, together. */
function grouped(tried: readonly Tried[]): Tried[][] {
  const groups = new Map<string, Tried[]>();
  for (const one of tried) groups.set(reasonOf(one), [...(groups.get(reasonOf(one)) ?? []), one]);
  return [...groups.values()];
}

// Numbers and dates tell windows apart, not reasons.
const reasonOf = ({ step, why }: Tried): string => `${step} ${why.replace(/\d+/g, '0')}`;

function triedLine({ workflowId, step, attempt, why, inMs }: Tried, others: number): string {
  const also = others === 0 ? '' : `, and so are ${others === 1 ? '1 other' : `${others} others`}`;
  const next = inMs === null ? 'running now' : `next in ${duration(inMs)}`;
  return `${workflowId}: ${step} is tried again (attempt ${attempt}, ${next})${also}: ${why}`;
}

/** Says what is new since it was last asked: a step or a reason not yet told, or one tried twice as often as when it was; that nobody serves, once until somebody does. */
export class PendingNews {
  private readonly told = new Map<string, number>();
  private unserved = false;

  of(work: PendingWork): string[] {
    const news = work.tried.filter((one) => one.attempt >= 2 * (this.told.get(reasonOf(one)) ?? 0));
    for (const one of news) this.told.set(reasonOf(one), Math.max(one.attempt, this.told.get(reasonOf(one)) ?? 0));
    const unserved = this.unserved ? null : work.unserved;
    this.unserved = work.unserved !== null;
    return pendingLines({ tried: news, unserved });
  }
}
