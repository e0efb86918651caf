/** What Temporal may run: the names here are the workflow types, and they are stored in histories. */
export { windowWorkflow as runWindow } from './windowWorkflow';
export { backfillWorkflow as backfill } from './backfillWorkflow';
export { tickWorkflow as tick } from './tickWorkflow';
