import type { SearchAttributePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import type { BackfillRequest } from '../../model/run/backfill';
import type { RunRequest } from '../../model/run/request';
import { SEARCH_ATTRIBUTES } from '../../model/run/temporalNames';
import { millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { isWhole } from '../../model/time/window';

const { pipeline, windowStart, runKind, outcome } = SEARCH_ATTRIBUTES;

/** The names of model/run/temporalNames.ts as Temporal's SDK takes them. */
export const ATTRIBUTES = {
  pipeline: defineSearchAttributeKey(pipeline.name, pipeline.type),
  windowStart: defineSearchAttributeKey(windowStart.name, windowStart.type),
  runKind: defineSearchAttributeKey(runKind.name, runKind.type),
  outcome: defineSearchAttributeKey(outcome.name, outcome.type),
};

/** For whoever starts a run of a window. */
export const windowAttributes = ({ plan, window, kind }: RunRequest): SearchAttributePair[] =>
  attributes(plan.pipeline, window, kind);

/** For whoever starts a backfill; its WindowStart is that of its range. */
export const backfillAttributes = ({ plan, range, kind }: BackfillRequest): SearchAttributePair[] =>
  attributes(plan.pipeline, range, kind);

/** For what a schedule starts: of no window, since it may run several. */
export const tickAttributes = (name: string): SearchAttributePair[] => [
  { key: ATTRIBUTES.pipeline, value: name },
  { key: ATTRIBUTES.runKind, value: 'schedule' },
];

function attributes(pipeline: string, window: Window, kind: string): SearchAttributePair[] {
  const named: SearchAttributePair[] = [
    { key: ATTRIBUTES.pipeline, value: pipeline },
    { key: ATTRIBUTES.runKind, value: kind },
  ];
  if (isWhole(window)) return named;
  // eslint-disable-next-line no-restricted-globals -- a conversion: no clock is read
  return [...named, { key: ATTRIBUTES.windowStart, value: new Date(millis(window.start)) }];
}
