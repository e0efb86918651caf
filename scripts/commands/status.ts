import type { PendingWork, Tried } from '../../client/pendingWork';
import { counted } from '../../model/run/counted';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Instant } from '../../model/time/time';
import { instant } from '../../model/time/time';
import type { Database } from '../../store/postgres/database';
import { openRuns } from '../../store/ledger/lostRuns';
import { withServices } from '../session/ledger';
import { pendingNow } from '../session/pending';
import { pipelinesNamed } from '../session/project';
import type { Standing } from '../session/standing';
import { standingsOf } from '../session/standing';
import type { Unscheduled } from '../session/unscheduled';
import { isUnscheduled, unscheduledLines, unscheduledOf } from '../session/unscheduled';
import { accountingLine } from '../terminal/accounting';
import { EXIT } from '../terminal/errors';
import { freshnessCells, freshnessLines, warnedWords, warningLines } from '../terminal/freshness';
import { pendingLines } from '../terminal/pendingLines';
import { printList } from '../terminal/print';
import { aligned } from '../terminal/table';
import type { Verb } from '../verb';

/** How every one of `chosen` stands, and whether any of it needs somebody. */
export async function standings(
  database: Database,
  register: readonly Pipeline[],
  now: Instant,
  chosen = register,
): Promise<{ rows: Standing[]; bad: boolean }> {
  const rows = await standingsOf(database, register, chosen, now);
  return { rows, bad: rows.some(needsYou) };
}

/**
 * `weir status [P…]`: how pipelines stand; exit 3 when something is failed, held, stale or unchecked, a promise is broken, nothing runs what is due, or
 * rows of another calendar are shown. A warning alone is said, and is no failure.
 */
export const status: Verb = (names, options, project) =>
  withServices(['postgres'], async (database, services) => {
    const chosen = pipelinesNamed(project, names);
    const now = instant(Date.now());
    // Backfills first: they answer for their windows.
    const open = await openRuns(
      database,
      chosen.map(({ name }) => name),
    );
    const ids = [...open.filter((run) => run.window === null), ...open.filter((run) => run.window !== null)].map(
      ({ workflowId }) => workflowId,
    );
    const pending = await pendingNow(services, [...new Set(ids)]);
    const { rows, bad: wrong } = await standings(database, project.pipelines, now, chosen);
    const unscheduled = await unscheduledOf(services, rows);
    const bad = wrong || rows.some(({ pipeline }) => isUnscheduled(pipeline.name, unscheduled));
    printList(
      options,
      rows.map((row) => ({ ...asJson(row, unscheduled), tried: triedOf(pending, row.pipeline.name) })),
      () =>
        lines(
          rows,
          pending === null
            ? [`Temporal is not reachable at ${services.temporal.address}: how what runs goes on is not known`]
            : pendingLines(pending),
          unscheduled,
          bad,
        ),
    );
    return bad ? EXIT.held : EXIT.done;
  });

function needsYou({ windows, moved, fresh, records }: Standing): boolean {
  const { failed, held, stale, unchecked, foreign } = windows;
  return failed + held + stale + unchecked + foreign + moved > 0 || fresh.verdict === 'broken' || !records.balanced;
}

const asJson = ({ pipeline, windows, fresh, warnings, records, moved }: Standing, unscheduled: Unscheduled) => ({
  pipeline: pipeline.name,
  ...windows,
  ageMs: fresh.ageMs,
  late: fresh.verdict === 'broken',
  records,
  moved,
  completeUntil: fresh.completeUntil,
  promise: fresh.promise,
  verdict: fresh.verdict,
  because: fresh.because,
  next: fresh.next,
  warnings: warnings.windows,
  warned: warnings.first,
  unscheduled: 'unknown' in unscheduled ? null : unscheduled.pipelines.includes(pipeline.name),
  paused: 'unknown' in unscheduled ? null : (unscheduled.paused.get(pipeline.name) ?? null),
});

function verdictLine(rows: readonly Standing[], bad: boolean): string {
  const warned = rows.reduce((sum, { warnings }) => sum + warnings.windows, 0);
  const missing = rows.some(({ windows }) => windows.missing > 0);
  const late = rows.some(({ fresh }) => fresh.verdict === 'warn');
  const said = bad
    ? 'something needs you'
    : missing
      ? 'nothing is wrong; some windows are missing'
      : rows.some(({ windows }) => windows.running > 0)
        ? 'nothing is wrong; some windows are running'
        : 'all is published';
  return [said, ...(late ? ['some data is late'] : []), ...(warned > 0 ? [warnedWords(warned)] : [])].join('; ');
}

const lines = (
  rows: readonly Standing[],
  pending: readonly string[],
  unscheduled: Unscheduled,
  bad: boolean,
): string[] => [
  verdictLine(rows, bad),
  '',
  ...aligned(
    rows.map(({ pipeline, windows, fresh, warnings }) => ({
      pipeline: pipeline.name,
      windows: windows.windows,
      published: windows.published,
      missing: windows.missing,
      running: windows.running,
      failed: windows.failed,
      held: windows.held,
      stale: windows.stale,
      unchecked: windows.unchecked,
      ...(rows.some((row) => row.windows.accepted > 0) && { accepted: windows.accepted }),
      warnings: warnings.windows,
      'newest data': windows.newest ? windows.newest.slice(0, 16) : '',
      ...freshnessCells(pipeline, fresh),
    })),
  ),
  '',
  ...pending,
  ...rows.map(({ pipeline, records }) => `${pipeline.name}: ${accountingLine(records)}`),
  ...rows.flatMap(({ pipeline, warnings }) => warningLines(pipeline.name, warnings)),
  ...rows.flatMap(({ pipeline, fresh }) => freshnessLines(pipeline, fresh)),
  ...unscheduledLines(unscheduled),
  ...rows
    .filter(({ windows }) => windows.failed + windows.held + windows.stale + windows.unchecked > 0)
    .map(
      ({ pipeline, windows }) =>
        `Look:  weir windows ${pipeline.name} ${windows.failed + windows.held > 0 ? '--failed' : '--stale'}`,
    ),
  ...rows
    .filter((row) => row.moved > 0)
    .map(
      ({ pipeline: { name }, moved }) =>
        `${name}: ${counted(moved, 'origin')} whose rows count ${moved === 1 ? 'is' : 'are'} not named by its source any more:  weir plan ${name}`,
    ),
  ...rows
    .filter(({ windows }) => windows.foreign > 0)
    .map(
      ({ pipeline: { name }, windows }) =>
        `Look:  weir plan ${name}: ${counted(windows.foreign, 'window')} of another calendar ${windows.foreign === 1 ? 'is' : 'are'} still shown; ${counted(windows.staged, 'window')} to replace them ${windows.staged === 1 ? 'is' : 'are'} staged`,
    ),
  ...rows
    .filter(({ windows }) => windows.missing > 0)
    .map(({ pipeline }) => `Fill:  weir windows ${pipeline.name} --missing`),
];

const triedOf = (pending: PendingWork | null, pipeline: string): readonly Tried[] | null =>
  pending && pending.tried.filter(({ workflowId }) => workflowId.startsWith(`${pipeline}/`));
