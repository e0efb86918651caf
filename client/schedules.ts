import { createHash } from 'node:crypto';
import type { Client, ScheduleOptionsAction, ScheduleSpec } from '@temporalio/client';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import { timingOf } from '../model/compile/due';
import type { Pipeline } from '../model/definition/pipeline';
import type { Timing } from '../model/definition/schedule';
import { QUEUES, workflowIds } from '../model/run/temporalNames';

/** What must be done to a Temporal Schedule so that it says what the register says. */
export interface ScheduleChange {
  readonly id: string;
  readonly pipeline: string;
  readonly change: 'create' | 'change' | 'remove';
  /** What it will say, for people: `every 1 h, 15 min after`; for one to be removed, why. */
  readonly says: string;
  readonly timing: Timing | null;
}

/** What marks a schedule as ours (others in the namespace are left alone), and says in its action what it was made from. */
const MARK = 'weirTiming';

/** The differences between the register and Temporal's schedules. */
export async function scheduleChanges(client: Client, register: readonly Pipeline[]): Promise<ScheduleChange[]> {
  const there = new Map<string, unknown>();
  for await (const { scheduleId, memo } of client.schedule.list()) {
    if (memo?.[MARK] === undefined) continue;
    const { action } = await client.schedule.getHandle(scheduleId).describe();
    there.set(scheduleId, action.memo?.[MARK]);
  }
  const changes: ScheduleChange[] = [];
  for (const pipeline of register) {
    const timing = timingOf(pipeline);
    const id = workflowIds.tick(pipeline.name);
    const isThere = there.has(id);
    const made = there.get(id);
    there.delete(id);
    if (timing === null) {
      if (isThere)
        changes.push({ id, pipeline: pipeline.name, change: 'remove', says: 'it has no schedule any more', timing });
    } else if (made !== markOf(timing))
      changes.push({
        id,
        pipeline: pipeline.name,
        change: isThere ? 'change' : 'create',
        says: inWords(timing),
        timing,
      });
  }
  for (const id of there.keys())
    changes.push({
      id,
      pipeline: id.replace(/\/tick$/, ''),
      change: 'remove',
      says: 'no pipeline of the register has this name',
      timing: null,
    });
  return changes;
}

/** Makes one schedule what the register says; one that a person paused stays paused. */
export async function applySchedule(client: Client, { id, pipeline, change, timing }: ScheduleChange): Promise<void> {
  if (timing === null) return client.schedule.getHandle(id).delete();
  const made = {
    spec: specOf(timing),
    action: {
      type: 'startWorkflow',
      workflowType: 'tick',
      workflowId: id,
      taskQueue: QUEUES.workflows,
      args: [{ pipeline }],
      memo: { [MARK]: markOf(timing) },
    } satisfies ScheduleOptionsAction,
    // Each tick has windows of its own: one left out would be a gap. After an outage every missed one comes.
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: '365 days' },
  } as const;
  if (change === 'create') await client.schedule.create({ ...made, scheduleId: id, memo: { [MARK]: 'ours' } });
  else await client.schedule.getHandle(id).update(({ state }) => ({ ...made, state }));
}

function specOf(timing: Timing): ScheduleSpec {
  if ('everyMs' in timing) return { intervals: [{ every: timing.everyMs, offset: timing.offsetMs }] };
  return { calendars: timing.utc.map(({ hours, minutes }) => ({ hour: [...hours], minute: [...minutes] })) };
}

const markOf = (timing: Timing): string =>
  createHash('sha256')
    .update(JSON.stringify('utc' in timing ? timing.utc : timing))
    .digest('hex')
    .slice(0, 16);

function inWords(timing: Timing): string {
  if ('utc' in timing) return timing.says;
  return `every ${minutes(timing.everyMs)}, ${minutes(timing.offsetMs)} after the window`;
}

const minutes = (ms: number): string =>
  ms % 86_400_000 === 0 && ms > 0
    ? `${ms / 86_400_000} d`
    : ms % 3_600_000 === 0 && ms > 0
      ? `${ms / 3_600_000} h`
      : `${ms / 60_000} min`;
