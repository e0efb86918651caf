import { historyBounds } from '../../model/definition/history';
import type { Freshness } from '../../model/compile/freshness';
import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import { windowAt, windowName } from '../../model/time/window';
import type { Warnings } from '../../store/standing/warnings';
import { count, duration } from './table';

const VERDICT = { kept: 'kept', warn: 'late', broken: 'BROKEN' } as const;

/** The cells of a table about freshness. */
export const freshnessCells = (pipeline: Pipeline, fresh: Freshness): Record<string, string> => ({
  age: fresh.ageMs === null ? '' : duration(fresh.ageMs),
  'complete until': completeCell(pipeline, fresh),
  promise: promiseCell(fresh),
  verdict: fresh.verdict === null ? '' : VERDICT[fresh.verdict],
});

function completeCell(pipeline: Pipeline, { completeUntil }: Freshness): string {
  if (completeUntil === null) return '';
  const { start, end } = historyBounds(pipeline);
  if (completeUntil === start) return 'nothing';
  return completeUntil === end ? 'the end' : completeUntil.slice(0, 16);
}

/** `6h/1d`: warned after, broken after. */
const promiseCell = ({ promise }: Freshness): string =>
  promise === null ? '' : [promise.warnAfter, promise.errorAfter].filter(Boolean).join('/');

/** Why a promise is not kept, in one sentence; nothing where it is. */
export function freshnessLines(
  pipeline: Pipeline,
  { because, verdict, promise, ageMs, completeUntil }: Freshness,
): string[] {
  if (because === null || promise === null) return [];
  const after = verdict === 'broken' ? promise.errorAfter : promise.warnAfter!;
  const { name } = pipeline;
  if (because === 'nothing published')
    return [`${name}: nothing was ever published, and ${after} is promised:  weir plan ${name}`];
  if (because === 'age')
    return [`${name}: the newest data is ${duration(ageMs ?? 0)} old, and ${after} is promised:  weir plan ${name}`];
  const hole = windowName(windowAt(pipeline.window, completeUntil!));
  return [
    `${name}: complete until ${completeUntil!.slice(0, 16)}; ${hole} is missing, whatever is newer:  weir show ${name} ${hole}`,
    `  or it stays missing:  weir accept ${name} ${hole} --why '…'`,
  ];
}

/** `flights: 1 window warns: 2001-07-01 row_count(min 10000) of flights`; nothing where none does. */
export function warningLines(pipeline: string, { windows, first }: Warnings): string[] {
  if (windows === 0) return [];
  const named = first.map(
    ({ window, table, check, saw }) => `${window} ${check} of ${table}${saw === null ? '' : ` (${saw})`}`,
  );
  const shown = new Set(first.map(({ window }) => window)).size;
  const more = windows > shown ? ` and ${counted(windows - shown, 'window')} more` : '';
  return [
    `${pipeline}: ${counted(windows, 'window warns', 'windows warn')}: ${named.join(', ')}${more}`,
    `  Look:  weir show ${pipeline} ${first[0]!.window}`,
  ];
}

/** How many windows warn, for a first line. */
export const warnedWords = (windows: number): string =>
  windows === 0 ? '' : `${count(windows)} ${windows === 1 ? 'window has a warning' : 'windows have warnings'}`;
