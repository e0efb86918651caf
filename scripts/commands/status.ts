import type { PendingWork, Tried } from '../../client/pendingWork';
import type { Pipeline } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import type { Instant } from '../../model/time/time';
import { instant, millis, durationMs } from '../../model/time/time';
import { openRuns } from '../../store/ledger/lostRuns';
import { movedAway } from '../../store/ledger/originLife';
import type { StatusCounts } from '../../store/ledger/windows';
import { statusCounts } from '../../store/ledger/windows';
import type { Database } from '../../store/postgres/database';
import type { Accounting } from '../../store/proof/accounting';
import { accountFor } from '../../store/proof/accounting';
import { withServices } from '../session/ledger';
import { pendingNow } from '../session/pending';
import { accountingLine } from '../terminal/accounting';
import { EXIT } from '../terminal/errors';
import { pendingLines } from '../terminal/pendingLines';
import { printList } from '../terminal/print';
import { aligned, duration } from '../terminal/table';
import type { Verb } from '../verb';

interface Standing extends StatusCounts {
  readonly pipeline: string;
  readonly ageMs: number | null;
  readonly late: boolean;
  readonly records: Accounting;
  /** Origins whose rows count and that the source does not name any more. */
  readonly moved: number;
}

/** How every pipeline stands, and whether any of it needs somebody. */
export async function standings(
  database: Database,
  register: readonly Pipeline[],
  now: Instant,
): Promise<{ rows: Standing[]; bad: boolean }> {
  const rows = await Promise.all(
    register.map(async (pipeline): Promise<Standing> => {
      const [windows, records, moved] = await Promise.all([
        statusCounts(database, register, pipeline, now),
        accountFor(database, pipeline),
        movedAway(database, pipeline),
      ]);
      // A finished history is complete, so it is never late.
      const ageMs = windows.newest && !pipeline.until ? Math.max(0, millis(now) - millis(windows.newest)) : null;
      const late =
        ageMs !== null && pipeline.freshness !== undefined && ageMs > durationMs(pipeline.freshness.errorAfter);
      return { pipeline: pipeline.name, ...windows, ageMs, late, records, moved: moved.length };
    }),
  );
  const bad = rows.some(
    (row) =>
      row.failed + row.held + row.stale + row.unchecked + row.foreign + row.moved > 0 ||
      row.late ||
      !row.records.balanced,
  );
  return { rows, bad };
}

/** `weir status`: how every pipeline stands; exit 3 when something is failed, held, stale or unchecked, or rows of another calendar are shown. */
export const status: Verb = (_, options, project) =>
  withServices(['postgres'], async (database, services) => {
    // Backfills first: they answer for their windows.
    const open = await openRuns(
      database,
      project.pipelines.map(({ name }) => name),
    );
    const ids = [...open.filter((run) => run.window === null), ...open.filter((run) => run.window !== null)].map(
      ({ workflowId }) => workflowId,
    );
    const pending = await pendingNow(services, [...new Set(ids)]);
    const stood = await standings(database, project.pipelines, instant(Date.now()));
    const { bad } = stood;
    const rows = stood.rows.map((row) => ({ ...row, tried: triedOf(pending, row.pipeline) }));
    printList(options, rows, () => [
      bad
        ? 'something needs you'
        : rows.some((row) => row.missing > 0)
          ? 'nothing is wrong; some windows are missing'
          : rows.some((row) => row.running > 0)
            ? 'nothing is wrong; some windows are running'
            : 'all is published',
      '',
      ...aligned(
        rows.map((row) => ({
          pipeline: row.pipeline,
          windows: row.windows,
          published: row.published,
          missing: row.missing,
          running: row.running,
          failed: row.failed,
          held: row.held,
          stale: row.stale,
          unchecked: row.unchecked,
          'newest data': row.newest ? row.newest.slice(0, 16) : '',
          age: row.ageMs === null ? '' : duration(row.ageMs),
        })),
      ),
      '',
      ...(pending === null
        ? [`Temporal is not reachable at ${services.temporal.address}: how what runs goes on is not known`]
        : pendingLines(pending)),
      ...rows.map(({ pipeline, records }) => `${pipeline}: ${accountingLine(records)}`),
      ...rows
        .filter((row) => row.failed + row.held + row.stale + row.unchecked > 0)
        .map((row) => `Look:  weir windows ${row.pipeline} ${row.failed + row.held > 0 ? '--failed' : '--stale'}`),
      ...rows
        .filter((row) => row.moved > 0)
        .map(
          (row) =>
            `${row.pipeline}: ${counted(row.moved, 'origin')} whose rows count ${row.moved === 1 ? 'is' : 'are'} not named by its source any more:  weir plan ${row.pipeline}`,
        ),
      ...rows
        .filter((row) => row.foreign > 0)
        .map(
          (row) =>
            `Look:  weir plan ${row.pipeline}: ${counted(row.foreign, 'window')} of another calendar ${row.foreign === 1 ? 'is' : 'are'} still shown; ${counted(row.staged, 'window')} to replace them ${row.staged === 1 ? 'is' : 'are'} staged`,
        ),
      ...rows.filter((row) => row.missing > 0).map((row) => `Fill:  weir windows ${row.pipeline} --missing`),
    ]);
    return bad ? EXIT.held : EXIT.done;
  });

const triedOf = (pending: PendingWork | null, pipeline: string): readonly Tried[] | null =>
  pending && pending.tried.filter(({ workflowId }) => workflowId.startsWith(`${pipeline}/`));
