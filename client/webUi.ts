import { SEARCH_ATTRIBUTES } from '../model/run/temporalNames';
import type { Instant } from '../model/time/time';

/** A list of Temporal's Web UI that an operator wants: what it shows, the query, the address. */
export interface WebUiLink {
  readonly name: 'needs you' | 'held' | 'running' | 'today';
  readonly query: string;
  readonly url: string;
}

const { pipeline, windowStart, runKind, outcome } = SEARCH_ATTRIBUTES;

/** The columns to switch on in its lists: it keeps them in the browser, so no link can. */
export const WEB_UI_COLUMNS = [outcome, pipeline, windowStart, runKind].map(({ name }) => name);

/**
 * The ready lists of the Web UI at `uiUrl`. Its lists are of runs, not of windows: one that failed stays there after the window was put
 * right, so what stands now is asked of the ledger (`weir status`).
 */
export function webUiLinks(uiUrl: string, namespace: string, now: Instant): WebUiLink[] {
  // Not by Outcome: a tick has none, nor what was terminated. And no IN: the Web UI draws it as one odd text.
  const ended = ['Failed', 'TimedOut', 'Terminated'].map((status) => `ExecutionStatus = "${status}"`);
  const queries = {
    'needs you': ended.join(' OR '),
    held: `${outcome.name} = "held"`,
    running: `ExecutionStatus = "Running"`,
    today: `StartTime >= "${now.slice(0, 10)}T00:00:00Z"`,
  } as const;
  return Object.entries(queries).map(([name, query]) => ({
    name: name as WebUiLink['name'],
    query,
    url: `${uiUrl.replace(/\/$/, '')}/namespaces/${namespace}/workflows?query=${encodeURIComponent(query)}`,
  }));
}

/** The page of one run in the Web UI at `uiUrl`. */
export const webUiRun = (
  { uiUrl, namespace }: { readonly uiUrl: string; readonly namespace: string },
  run: { readonly workflowId: string; readonly workflowRunId: string },
): string =>
  `${uiUrl.replace(/\/$/, '')}/namespaces/${namespace}/workflows/${encodeURIComponent(run.workflowId)}/${run.workflowRunId}`;
