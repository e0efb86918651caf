import { Misused } from '../../model/run/errors';
import { counted } from '../../model/run/counted';
import { instant } from '../../model/time/time';
import { isWhole, split, windowAt, windowName } from '../../model/time/window';
import { acceptWindows, undoAccepted } from '../../store/standing/accepted';
import { withLedger } from '../session/ledger';
import { decisionOf } from '../session/origins';
import { pipelineNamed, rangeOf } from '../session/project';
import { print } from '../terminal/print';
import { asRanges } from '../../store/reports/owed';
import type { Verb } from '../verb';

/** `weir accept P WINDOW|FROM..TO --why …`: these windows stay missing, by a decision that is kept; `--undo` takes it back. Accepted already: nothing to do. */
export const accept: Verb<{ readonly why?: string; readonly undo?: boolean }> = ([name, text], options, project) => {
  const pipeline = pipelineNamed(project, name!);
  const range = rangeOf(pipeline, text!);
  if (isWhole(range))
    throw new Misused(`${pipeline.name} has one window: there is no hole in it`, { stillTrue: 'nothing was changed' });
  if (!options.undo && !options.why)
    throw new Misused('--why is missing: who looks later should know why nobody fills it', {
      next: `weir accept ${pipeline.name} ${text!} --why 'the sensor was off'`,
      stillTrue: 'nothing was changed',
    });
  const now = instant(Date.now());
  const over = split(pipeline.window, range).filter(({ end }) => end <= now);
  if (over.length === 0)
    throw new Misused(`${text!} is not over yet: it is no hole`, { stillTrue: 'nothing was changed' });
  return withLedger(async (database) => {
    const { by, why } = decisionOf(options);
    const starts = options.undo
      ? await undoAccepted(database, pipeline.name, over, by)
      : await acceptWindows(database, pipeline.name, over, { by, why: why! });
    const changed = starts.map((start) => windowName(windowAt(pipeline.window, start)));
    print(options, { pipeline: pipeline.name, [options.undo ? 'undone' : 'accepted']: changed }, () => [
      changed.length === 0
        ? `${pipeline.name} ${text!}: ${options.undo ? 'nothing there is accepted' : 'published or accepted already, nothing to do'}`
        : options.undo
          ? `${pipeline.name}: ${counted(changed.length, 'window is', 'windows are')} missing again: ${asRanges(pipeline, changed)}`
          : `${pipeline.name}: ${counted(changed.length, 'window stays', 'windows stay')} missing, and accepted: ${asRanges(pipeline, changed)}`,
      `Look:  weir freshness ${pipeline.name}`,
    ]);
  });
};
