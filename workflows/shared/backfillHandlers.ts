import { defineQuery, defineUpdate, setHandler } from '@temporalio/workflow';
import type { BackfillProgress, BackfillState } from './backfillState';
import { checkWidth } from './backfillState';

export const progress = defineQuery<BackfillProgress>('progress');
/** Begins no further window; those that run go on. */
export const pause = defineUpdate<void>('pause');
export const resume = defineUpdate<void>('resume');
/** Windows at once from now on, 1 to 64; fewer means that running ones end first. */
export const setWidth = defineUpdate<void, [number]>('setWidth');

/** Lets people look and steer. Handlers only change what is carried on, so none is lost between two parts; `changed` shows it. */
export function registerHandlers(state: BackfillState, running: { readonly count: number }, changed: () => void): void {
  setHandler(progress, () => {
    const { windows, done, failed, failures, width, paused } = state;
    return { windows, done, failed, running: running.count, width, paused, failures };
  });
  setHandler(pause, () => {
    state.paused = true;
    changed();
  });
  setHandler(resume, () => {
    state.paused = false;
    changed();
  });
  setHandler(
    setWidth,
    (width) => {
      state.width = width;
      changed();
    },
    { validator: checkWidth },
  );
}
