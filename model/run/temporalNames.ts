/** Task queues: workflows on one, activities on two, so that a backfill cannot starve live work. */
export const QUEUES = { workflows: 'weir', fresh: 'weir-fresh', backfill: 'weir-backfill' } as const;

/** Canonical workflow ids are paths; the id of a window is the mutual exclusion between all who would run it. */
export const workflowIds = {
  window: (pipeline: string, window: string): string => `${pipeline}/${window}`,
  backfill: (pipeline: string, range: string): string => `${pipeline}/backfill/${range}`,
  /** Of the schedule, and of what it starts (with the nominal time behind it). */
  tick: (pipeline: string): string => `${pipeline}/tick`,
};

/**
 * What Temporal's lists can be searched by, and its types; a namespace must know them before the first start.
 * Outcome: running ones have none; then published, held, failed or cancelled.
 */
export const SEARCH_ATTRIBUTES = {
  pipeline: { name: 'Pipeline', type: 'KEYWORD' },
  windowStart: { name: 'WindowStart', type: 'DATETIME' },
  runKind: { name: 'RunKind', type: 'KEYWORD' },
  outcome: { name: 'Outcome', type: 'KEYWORD' },
} as const;
