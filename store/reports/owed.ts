import { createHash } from 'node:crypto';
import { foreignPipelines } from '../../model/compile/dependencies';
import type { Pipeline } from '../../model/definition/pipeline';
import { historyOf } from '../../model/definition/pipeline';
import { spans } from '../../model/time/spans';
import type { Instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import {
  WHOLE,
  countWindows,
  parseWindow,
  rangeName,
  wholeWindows,
  windowAt,
  windowName,
} from '../../model/time/window';
import { compiled } from '../ledger/fingerprint';
import type { OpenRun } from '../ledger/lostRuns';
import { choicesOf, movedAway } from '../ledger/originLife';
import { formerTargets, lackingTargets } from '../ledger/targets';
import type { WindowStatus } from '../ledger/windows';
import { windowStatuses } from '../ledger/windows';
import type { Database } from '../postgres/database';
import { rowsOutside } from '../proof/accounting';
import { calendarChange } from '../refresh/calendarChange';
import { replacing } from '../refresh/foreignWindows';
import type { ColumnChange } from '../schema/addDropColumns';
import { columnChanges } from '../schema/addDropColumns';
import type { TableWords } from './changes';
import { changesOf, notesOf } from './changes';
import type { Cost } from './costs';
import { predictedCost } from './costs';

/** Why windows owe a run; one that is held or failed and stale too is told as what stopped it. */
export type Why = 'missing' | 'lost' | 'failed' | 'held' | 'touched' | 'code' | 'target' | 'checks';

/** What a pipeline owes, why, what it is expected to cost, and what reads it. */
export interface PipelinePlan {
  readonly pipeline: string;
  readonly windows: Readonly<Record<Why, readonly string[]>>;
  /** Of the windows that a target lacks: which relation lacks which. */
  readonly targets: readonly { readonly relation: string; readonly windows: readonly string[] }[];
  /** Relations that were targets, hold windows, and are published to by nothing any more. */
  readonly formerTargets: readonly string[];
  /** Windows of another calendar whose rows readers still see, relation by relation. */
  readonly foreign: readonly { readonly relation: string; readonly windows: readonly string[] }[];
  /** Windows that are computed and wait to be published together; and of those that replace another calendar's how many there are. */
  readonly calendar: { readonly staged: readonly string[]; readonly replacing: number };
  /** From the first owed window to the last; null when none is owed. */
  readonly range: Window | null;
  /** What changed in the definition of each table since windows were published or segments cleaned. */
  readonly changes: readonly TableWords[];
  /** Rows in no window of the history, of how many: published nowhere, and nothing is owed for them. */
  readonly outside: { readonly rows: number; readonly of: number };
  /** What is worth a look and owes nothing. */
  readonly notes: readonly TableWords[];
  /** Raw that the present cleaning has not read yet. */
  readonly clean: { readonly segments: number; readonly records: number; readonly bytes: number };
  readonly reshapes: readonly ColumnChange[];
  readonly downstream: readonly string[];
  /** Origins whose rows count and that the source does not name any more, with the commands that settle it; null where there are none. */
  readonly moved: {
    readonly origins: readonly string[];
    readonly move: readonly string[];
    readonly retire: string;
  } | null;
  /** From what runs of this pipeline took before; null where there were none. */
  readonly cost: Cost | null;
}

/** Compares the register with the ledger, pipeline by pipeline. Nothing is changed. */
export async function planPipelines(
  database: Database,
  register: readonly Pipeline[],
  chosen: readonly Pipeline[],
  now: Instant,
  orphans: readonly OpenRun[] = [],
): Promise<PipelinePlan[]> {
  const plans: PipelinePlan[] = [];
  for (const pipeline of chosen) {
    const all = await windowStatuses(database, register, pipeline, historyOf(pipeline, now));
    const windows: Record<Why, string[]> = {
      ...{ missing: [], lost: [], failed: [], held: [], touched: [], code: [], target: [], checks: [] },
    };
    for (const standing of all) {
      const lost = orphans.some(
        ({ pipeline: name, window }) =>
          name === pipeline.name && window !== null && nameOf(pipeline, window) === standing.window,
      );
      const why = lost && standing.state === 'running' ? 'lost' : whyOwed(standing);
      if (why) windows[why].push(standing.window);
    }
    const owed = Object.values(windows)
      .flat()
      .map((name) => parseWindow(pipeline.window, name))
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    const clean = await toClean(database, pipeline);
    plans.push({
      pipeline: pipeline.name,
      windows,
      targets: await targetsOwed(database, pipeline, windows.target),
      formerTargets: await formerTargets(database, pipeline),
      ...(await calendarOf(database, register, pipeline, now)),
      range: owed.length === 0 ? null : wholeWindows(pipeline.window, { start: owed[0]!.start, end: owed.at(-1)!.end }),
      changes: await changesOf(database, pipeline),
      outside: await rowsOutside(database, pipeline),
      notes: await notesOf(database, pipeline),
      clean,
      reshapes: await columnChanges(database, [pipeline]),
      downstream: register
        .filter((other) => other !== pipeline && foreignPipelines(register, other).includes(pipeline.name))
        .map((other) => other.name),
      moved: await movedOf(database, pipeline),
      cost: await predictedCost(database, pipeline, owed.length, clean.records),
    });
  }
  return plans;
}

/** True when there is something to do: windows to run, columns to add or drop, targets to forget, rows of another calendar to take away. */
export const owesSomething = ({
  range,
  reshapes,
  formerTargets: former,
  foreign,
  calendar,
  moved,
}: PipelinePlan): boolean =>
  range !== null || moved !== null || reshapes.length + former.length + foreign.length + calendar.staged.length > 0;

/**
 * Windows that owe a run after a plan was applied, besides those that failed or are held: what the others landed may have touched them,
 * also outside the range that was owed.
 */
export const owedAgain = ({ windows, moved }: PipelinePlan): number =>
  moved
    ? 0
    : Object.entries(windows)
        .filter(([why]) => why !== 'failed' && why !== 'held')
        .reduce((sum, [, names]) => sum + names.length, 0);

/** The same plan has the same hash: code, checks, windows and why, raw to clean, tables to reshape, and what the schedules should say. */
export function planHash(plans: readonly PipelinePlan[], register: readonly Pipeline[], schedules: unknown): string {
  const facts = plans.map(
    ({ pipeline, windows, targets, formerTargets: former, foreign, calendar, clean, reshapes: shapes, moved }) => {
      const { code, checks } = compiled(register.find(({ name }) => name === pipeline)!);
      const origins = moved ? [moved.origins] : [];
      return [pipeline, code, checks, windows, targets, former, foreign, calendar, clean, shapes, ...origins];
    },
  );
  return createHash('sha256')
    .update(JSON.stringify([facts, schedules]))
    .digest('hex')
    .slice(0, 12);
}

async function movedOf(database: Database, pipeline: Pipeline): Promise<PipelinePlan['moved']> {
  const origins = await movedAway(database, pipeline);
  return origins.length === 0 ? null : { origins, ...choicesOf(pipeline, origins) };
}

const nameOf = (pipeline: Pipeline, start: string): string =>
  windowName(start === '-infinity' ? WHOLE : windowAt(pipeline.window, start as Instant));

function whyOwed({ state, stale, publishedAt, accepted }: WindowStatus): Why | null {
  if (state === 'running' || state === 'staged' || accepted !== null) return null;
  if (state === 'failed' || state === 'held') return state;
  return publishedAt === null ? 'missing' : stale;
}

async function targetsOwed(
  database: Database,
  pipeline: Pipeline,
  owed: readonly string[],
): Promise<PipelinePlan['targets']> {
  if (owed.length === 0) return [];
  const lacking = await lackingTargets(database, pipeline, WHOLE);
  return byRelation(
    owed.flatMap((name) =>
      (lacking.get(parseWindow(pipeline.window, name).start) ?? []).map((relation) => ({ relation, name })),
    ),
  );
}

async function calendarOf(
  database: Database,
  register: readonly Pipeline[],
  pipeline: Pipeline,
  now: Instant,
): Promise<Pick<PipelinePlan, 'foreign' | 'calendar'>> {
  const change = await calendarChange(database, register, pipeline, now);
  if (change === null) return { foreign: [], calendar: { staged: [], replacing: 0 } };
  const { foreign, staged } = change;
  return {
    foreign: byRelation(foreign.map(({ relation, window }) => ({ relation, name: windowName(window) }))),
    calendar: {
      staged: staged.map(({ window }) => windowName(window)),
      replacing: replacing(pipeline, foreign, now).length,
    },
  };
}

function byRelation(named: readonly { relation: string; name: string }[]): { relation: string; windows: string[] }[] {
  const found = new Map<string, string[]>();
  for (const { relation, name } of named) found.set(relation, [...(found.get(relation) ?? []), name]);
  return [...found].map(([relation, windows]) => ({ relation, windows }));
}

async function toClean(database: Database, pipeline: Pipeline): Promise<PipelinePlan['clean']> {
  const { code } = compiled(pipeline);
  const [row] = await database.query<{ segments: string; records: string; bytes: string }>(
    `select count(*) as segments, coalesce(sum(s.records), 0) as records, coalesce(sum(octet_length(s.bytes)), 0) as bytes
       from weir.deliveries d
       join weir.origins o on o.delivery = d.id
       join weir.segments s on s.delivery = d.id and s.cleaned_by is distinct from $2
      where o.pipeline = $1 and d.cleaned_by is distinct from $2`,
    [pipeline.name, code[pipeline.cleaned.tableName]],
  );
  return { segments: Number(row!.segments), records: Number(row!.records), bytes: Number(row!.bytes) };
}

/** Names of windows as ranges, for people: `2001-01-01..2001-01-04, 2001-01-09`. */
export function asRanges(pipeline: Pipeline, names: readonly string[], shown = 6): string {
  const joined = spans(names.map((name) => parseWindow(pipeline.window, name)));
  const words = joined
    .slice(0, shown)
    .map((span) => rangeName(wholeWindows(pipeline.window, span)))
    .map((name, i) => (countWindows(pipeline.window, joined[i]!) === 1 ? name.split('..')[0]! : name));
  return words.join(', ') + (joined.length > shown ? ` and ${joined.length - shown} more` : '');
}
