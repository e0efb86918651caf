import type { Window } from '../time/window';
import { countWindows, rangeName, windowName } from '../time/window';
import type { BackfillRequest } from './backfill';
import type { PipelineFacts } from './pipelineFacts';

/** `2026-11-25T03, backfill of 58 windows`: the window first, since its parent's timeline shows this text and no id. */
export const windowSummary = (window: Window, why: string): string => `${windowName(window)}, ${why}`;

/** `backfill of 58 windows, those that are owed`. */
export function backfillSummary({ plan, range, which, kind }: BackfillRequest): string {
  const all = countWindows(plan.grain, range);
  return `${kind} of ${windowsOf(all)}${which === 'all' ? '' : `, ${all === 1 ? 'if it is' : 'those that are'} ${which}`}`;
}

export const windowsOf = (count: number): string => (count === 1 ? 'one window' : `${thousands(count)} windows`);

/** 16,590: no Intl in a workflow's promise of determinism. */
export const thousands = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/** The static details of a run, as Markdown: who is told, where rows come from, and the command that shows more. */
export function detailsOf(facts: PipelineFacts | undefined, command: string): string {
  const lines = facts ? [`- owner: ${facts.owners.join(', ')}`, `- source: ${inlineCode(facts.source)}`, ''] : [];
  return [...lines, codeBlock(command)].join('\n');
}

/** The commands that look closer. */
export const commands = {
  window: (pipeline: string, window: Window): string => `weir show ${pipeline} ${windowName(window)}`,
  backfill: (pipeline: string, range: Window): string => `weir windows ${pipeline} ${rangeName(range)}`,
} as const;

/** `text` as Markdown takes it for code: with a fence longer than any run of backticks in it. */
export function codeBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestTicks(text) + 1));
  return `${fence}\n${text}\n${fence}`;
}

/** The same within a line. */
export function inlineCode(text: string): string {
  const fence = '`'.repeat(longestTicks(text) + 1);
  const pad = text.startsWith('`') || text.endsWith('`') ? ' ' : '';
  return `${fence}${pad}${text.replace(/\s+/g, ' ')}${pad}${fence}`;
}

const longestTicks = (text: string): number => Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
