import type { Pipeline } from '../../model/definition/pipeline';
import { instant } from '../../model/time/time';
import type { Database } from '../../store/postgres/database';
import type { CalendarChange } from '../../store/refresh/calendarChange';
import { calendarChange } from '../../store/refresh/calendarChange';
import { count } from './table';

const SHOWN = 3;

/** What says more of a window than that it is not staged. */
const STOPPED = ['running', 'held', 'failed'];

/** What readers do not see yet of a pipeline's new calendar, for what waits and what to type; nothing where they see all. */
export async function stagedLines(
  database: Database,
  register: readonly Pipeline[],
  pipeline: Pipeline,
): Promise<string[]> {
  const change = await calendarChange(database, register, pipeline, instant(Date.now()));
  return change === null ? [] : wordsOf(pipeline.name, change);
}

/** The same of a change that was looked at. */
function wordsOf(pipeline: string, { staged, waiting }: CalendarChange): string[] {
  const of = count(staged.length + waiting.length);
  const unfit = waiting.find(({ state }) => state === 'held' || state === 'failed');
  return [
    `${pipeline}: readers see the former calendar whole; ${count(staged.length)} of the ${of} windows that replace it are staged`,
    ...(waiting.length > 0
      ? [
          `  it waits for ${count(waiting.length)}: ${waiting
            .slice(0, SHOWN)
            .map(({ window, state }) => (STOPPED.includes(state) ? `${window} (${state})` : window))
            .join(', ')}${waiting.length > SHOWN ? ` … ${waiting.at(-1)!.window}` : ''}`,
        ]
      : []),
    ...(unfit ? [`  Look:  weir show ${pipeline} ${unfit.window}`] : []),
    `  Next:  weir plan ${pipeline}, then weir apply HASH ${pipeline}: it publishes them in one transaction`,
  ];
}
