import { historyOf } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import { instant } from '../../model/time/time';
import { firstStart } from '../../model/time/window';
import type { WindowStatus } from '../../store/ledger/windows';
import { windowStatuses } from '../../store/ledger/windows';
import { rowsOutside } from '../../store/proof/accounting';
import { warningsOf } from '../../store/standing/warnings';
import { withLedger } from '../session/ledger';
import { pipelineNamed, rangeOf } from '../session/project';
import { outsideLines } from '../terminal/accounting';
import { printList } from '../terminal/print';
import { aligned, count } from '../terminal/table';
import type { Verb } from '../verb';

/** `weir windows P [RANGE]`: the calendar's windows and how they stand. */
export const windows: Verb<{ missing?: boolean; failed?: boolean; stale?: boolean }> = (
  [name, rangeText],
  options,
  project,
) => {
  const pipeline = pipelineNamed(project, name!);
  const range = rangeText ? rangeOf(pipeline, rangeText) : historyOf(pipeline, instant(Date.now()));
  const asked = (standing: WindowStatus): boolean => {
    if (!options.missing && !options.failed && !options.stale) return true;
    return (
      (!!options.missing &&
        standing.publishedAt === null &&
        standing.state !== 'staged' &&
        standing.accepted === null) ||
      (!!options.failed && ['failed', 'held'].includes(standing.state) && standing.accepted === null) ||
      (!!options.stale && standing.stale !== null)
    );
  };
  return withLedger(async (database) => {
    const outside = await rowsOutside(database, pipeline);
    const [statuses, warnings] = await Promise.all([
      windowStatuses(database, project.pipelines, pipeline, range),
      warningsOf(database, pipeline, Number.MAX_SAFE_INTEGER, { ...range, start: firstStart(pipeline.window, range) }),
    ]);
    const all = statuses.map((standing) => ({
      ...standing,
      warnings: warnings.first.filter(({ window }) => window === standing.window).map(({ check }) => check),
    }));
    const chosen = all.filter(asked);
    const warned = chosen.some((standing) => standing.warnings.length > 0);
    printList(options, chosen, () => [
      `${pipeline.name}: ${count(chosen.length)} of ${counted(all.length, 'window')}`,
      ...outsideLines(pipeline, outside),
      '',
      ...aligned(
        chosen.map((standing) => ({
          window: standing.window,
          state: standing.accepted === null ? standing.state : `${standing.state}, accepted`,
          stale: standing.stale ?? '',
          rows: standing.rows ?? '',
          digest: standing.digest?.slice(0, 24) ?? '',
          published: standing.publishedAt?.slice(0, 19) ?? '',
          ...(warned && { warnings: standing.warnings.join(', ') }),
        })),
      ),
      ...(chosen.length > 0 ? ['', `Look:  weir show ${pipeline.name} ${chosen[0]!.window}`] : []),
    ]);
  });
};
