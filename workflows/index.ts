/** What Temporal may run: the names here are the workflow types, and they are stored in histories. */
export { runWindow } from './runWindow';
export { backfill } from './backfill';
export { tick } from './tick';
