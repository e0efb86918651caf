import { historyOf } from '../../model/definition/pipeline';
import { counted } from '../../model/run/counted';
import { instant } from '../../model/time/time';
import { firstStart, split } from '../../model/time/window';
import { windowStatuses } from '../../store/ledger/windows';
import { rowsOutside } from '../../store/proof/accounting';
import { troublesOf } from '../../store/standing/troubles';
import { warningsOf } from '../../store/standing/warnings';
import { withLedger } from '../session/ledger';
import { pipelineNamed, rangeOf } from '../session/project';
import { outsideLines } from '../terminal/accounting';
import { printList } from '../terminal/print';
import { count } from '../terminal/table';
import type { Listed, Placed } from '../terminal/windowList';
import { tally, troubleLines, windowLines } from '../terminal/windowList';
import type { Verb } from '../verb';

interface Asked {
  missing?: boolean;
  failed?: boolean;
  stale?: boolean;
}

/** `weir windows P [RANGE]`: the calendar's windows and how they stand; with `--missing` and `--failed` why. */
export const windows: Verb<Asked> = ([name, rangeText], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const range = rangeText ? rangeOf(pipeline, rangeText) : historyOf(pipeline, instant(Date.now()));
  return withLedger(async (database) => {
    const [outside, statuses, troubles, warnings] = await Promise.all([
      rowsOutside(database, pipeline),
      windowStatuses(database, project.pipelines, pipeline, range),
      troublesOf(database, pipeline, range),
      warningsOf(database, pipeline, Number.MAX_SAFE_INTEGER, { ...range, start: firstStart(pipeline.window, range) }),
    ]);
    const calendar = split(pipeline.window, range);
    const all = statuses.map((standing, at): Placed => {
      const trouble = ['held', 'failed'].includes(standing.state) ? troubles.get(standing.window) : undefined;
      const listed: Listed = {
        ...standing,
        warnings: warnings.first.filter(({ window }) => window === standing.window).map(({ check }) => check),
        reason: trouble?.reason ?? (isNeverRun(standing) ? 'never run' : null),
        why: trouble?.why ?? null,
        since: trouble?.since ?? null,
        attempt: trouble?.attempt ?? null,
      };
      return { at, window: calendar[at]!, listed, cause: trouble?.cause ?? null };
    });
    const chosen = all.filter(({ listed }) => isAsked(listed, options));
    const inTheWay = options.missing && !options.failed ? all.filter(({ listed }) => isInTheWay(listed)) : [];
    const inTrouble = (options.missing || options.failed) && !options.stale;
    printList(
      options,
      chosen.map(({ listed }) => listed),
      () => [
        `${pipeline.name}: ${count(chosen.length)} of ${counted(all.length, 'window')}${chosen.length > 0 && inTrouble ? `: ${tally(chosen)}` : ''}`,
        ...outsideLines(pipeline, outside),
        '',
        ...(inTrouble ? troubleLines(pipeline, chosen) : windowLines(chosen)),
        ...(inTheWay.length > 0
          ? [
              '',
              `${tally(inTheWay)}, and never published:  weir windows ${pipeline.name}${rangeText ? ` ${rangeText}` : ''} --failed`,
            ]
          : []),
        ...(chosen.length > 0 ? ['', `Look:  weir show ${pipeline.name} ${chosen[0]!.listed.window}`] : []),
      ],
    );
  });
};

const isNeverRun = ({ state, publishedAt }: Pick<Listed, 'state' | 'publishedAt'>): boolean =>
  state === 'missing' && publishedAt === null;

// Nothing is there, and nothing is wrong with what is there: never run, or no file yet.
const isMissing = ({ publishedAt, accepted, reason }: Listed): boolean =>
  publishedAt === null && accepted === null && (reason === 'never run' || reason === 'no file yet');

const isInTheWay = ({ publishedAt, accepted, reason }: Listed): boolean =>
  publishedAt === null && accepted === null && (reason === 'held' || reason === 'broken');

function isAsked(listed: Listed, { missing, failed, stale }: Asked): boolean {
  if (!missing && !failed && !stale) return true;
  return (
    (!!missing && isMissing(listed)) ||
    (!!failed && ['failed', 'held'].includes(listed.state) && listed.accepted === null) ||
    (!!stale && listed.stale !== null)
  );
}
