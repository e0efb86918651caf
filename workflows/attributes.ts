import type { SearchAttributePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { BackfillOrder, Order } from '../model/steps';
import { millis } from '../model/time';
import type { Window } from '../model/window';
import { isWhole } from '../model/window';

/**
 * What Temporal's lists can be searched by; a namespace must know them before the first start.
 * Outcome: running ones have none; then published, held, failed or cancelled.
 */
export const ATTRIBUTES = {
  pipeline: defineSearchAttributeKey('Pipeline', 'KEYWORD'),
  windowStart: defineSearchAttributeKey('WindowStart', 'DATETIME'),
  runKind: defineSearchAttributeKey('RunKind', 'KEYWORD'),
  outcome: defineSearchAttributeKey('Outcome', 'KEYWORD'),
};

/** For whoever starts a run of a window. */
export const windowAttributes = ({ plan, window, kind }: Order): SearchAttributePair[] =>
  attributes(plan.pipeline, window, kind);

/** For whoever starts a backfill; its WindowStart is that of its range. */
export const backfillAttributes = ({ plan, range, kind }: BackfillOrder): SearchAttributePair[] =>
  attributes(plan.pipeline, range, kind);

function attributes(pipeline: string, window: Window, kind: string): SearchAttributePair[] {
  const named: SearchAttributePair[] = [
    { key: ATTRIBUTES.pipeline, value: pipeline },
    { key: ATTRIBUTES.runKind, value: kind },
  ];
  if (isWhole(window)) return named;
  // eslint-disable-next-line no-restricted-globals -- a conversion: no clock is read
  return [...named, { key: ATTRIBUTES.windowStart, value: new Date(millis(window.start)) }];
}
