import { createHash } from 'node:crypto';
import type { Client, ScheduleOptionsAction, ScheduleSpec } from '@temporalio/client';
import { ScheduleNotFoundError, ScheduleOverlapPolicy } from '@temporalio/client';
import { timingOf } from '../model/compile/due';
import type { Pipeline } from '../model/definition/pipeline';
import type { Timing } from '../model/definition/schedule';
import type { PipelineFacts } from '../model/run/pipelineFacts';
import { factsOf } from '../model/run/pipelineFacts';
import { QUEUES, workflowIds } from '../model/run/temporalNames';
import { detailsOf } from '../model/run/userMetadata';
import type { Instant } from '../model/time/time';
import { instant } from '../model/time/time';
import { tickAttributes } from '../workflows/shared/searchAttributes';

/** What must be done to a Temporal Schedule so that it says what the register says. */
export interface ScheduleChange {
  readonly id: string;
  readonly pipeline: string;
  readonly change: 'create' | 'change' | 'remove';
  /** What it will say, for people: `every 1 h, 15 min after`; for one to be removed, why. */
  readonly says: string;
  readonly timing: Timing | null;
  /** What people read of it in the Web UI; null for one to be removed. */
  readonly facts: PipelineFacts | null;
}

/** What marks a schedule as ours (others in the namespace are left alone), and says in its action what it was made from. */
const MARK = 'weirTiming';

/** A schedule as it stands in Temporal. */
export interface ScheduleState {
  readonly made: unknown;
  readonly paused: Paused | null;
}

/** That a person paused a schedule: what they left as a note (Temporal keeps no more), and the last tick before. */
export interface Paused {
  readonly note: string;
  readonly lastTick: Instant | null;
}

/** The schedules of ours that are in Temporal, by the name of their pipeline; of `only` these, where given. */
export async function schedulesThere(client: Client, only?: readonly string[]): Promise<Map<string, ScheduleState>> {
  const there = new Map<string, ScheduleState>();
  for await (const { scheduleId, memo } of client.schedule.list()) {
    const pipeline = scheduleId.replace(/\/tick$/, '');
    if (memo?.[MARK] === undefined || (only && !only.includes(pipeline))) continue;
    try {
      const { action, state, info } = await client.schedule.getHandle(scheduleId).describe();
      const last = info.recentActions.at(-1)?.takenAt.getTime();
      const lastTick = last === undefined ? null : instant(last);
      there.set(pipeline, {
        made: action.memo?.[MARK],
        paused: state.paused ? { note: isOurs(state.note ?? '') ? '' : (state.note ?? ''), lastTick } : null,
      });
    } catch (error) {
      // The list tells of a removed one for a moment longer.
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  }
  return there;
}

/** True when the schedule is the one that the definition makes. */
export function isAsDefined(pipeline: Pipeline, { made }: ScheduleState): boolean {
  const timing = timingOf(pipeline);
  return timing !== null && made === markOf(timing, factsOf(pipeline));
}

/** `is paused ("holidays"), its last tick was 2024-05-01T00:15Z`: who paused it and since when is what they wrote. */
export const pausedWords = ({ note, lastTick }: Paused): string =>
  `is paused${note === '' ? '' : ` (${JSON.stringify(note)})`}, ${lastTick === null ? 'and never ticked' : `its last tick was ${lastTick.slice(0, 16)}Z`}`;

/** The command that lets a paused schedule go on. */
export const unpause = (pipeline: string): string =>
  `temporal schedule toggle --schedule-id ${workflowIds.tick(pipeline)} --unpause --reason '…'`;

/** The differences between the register and Temporal's schedules. */
export async function scheduleChanges(
  client: Client,
  register: readonly Pipeline[],
  found?: ReadonlyMap<string, ScheduleState>,
): Promise<ScheduleChange[]> {
  const there = new Map(found ?? (await schedulesThere(client)));
  const changes: ScheduleChange[] = [];
  for (const pipeline of register) {
    const timing = timingOf(pipeline);
    const facts = factsOf(pipeline);
    const id = workflowIds.tick(pipeline.name);
    const isThere = there.has(pipeline.name);
    const made = there.get(pipeline.name)?.made;
    there.delete(pipeline.name);
    if (timing === null) {
      if (isThere)
        changes.push({
          id,
          pipeline: pipeline.name,
          change: 'remove',
          says: 'it has no schedule any more',
          timing,
          facts: null,
        });
    } else if (made !== markOf(timing, facts))
      changes.push({
        id,
        pipeline: pipeline.name,
        change: isThere ? 'change' : 'create',
        says: inWords(timing),
        timing,
        facts,
      });
  }
  for (const pipeline of there.keys())
    changes.push({
      id: workflowIds.tick(pipeline),
      pipeline,
      change: 'remove',
      says: 'no pipeline of the register has this name',
      timing: null,
      facts: null,
    });
  return changes;
}

/** Makes one schedule what the register says; one that a person paused stays paused. */
export async function applySchedule(client: Client, asked: ScheduleChange): Promise<void> {
  const { id, pipeline, change, timing, facts } = asked;
  if (timing === null || facts === null) return client.schedule.getHandle(id).delete();
  const note = noteOf(pipeline, timing, facts);
  const made = {
    spec: specOf(timing),
    action: {
      type: 'startWorkflow',
      workflowType: 'tick',
      workflowId: id,
      taskQueue: QUEUES.workflows,
      args: [{ pipeline }],
      memo: { [MARK]: markOf(timing, facts) },
      staticSummary: inWords(timing),
      staticDetails: detailsOf(facts, `weir windows ${pipeline}`),
      typedSearchAttributes: tickAttributes(pipeline),
    } satisfies ScheduleOptionsAction,
    // Each tick has windows of its own: one left out would be a gap. After an outage every missed one comes.
    policies: { overlap: ScheduleOverlapPolicy.ALLOW_ALL, catchupWindow: '365 days' },
  } as const;
  if (change === 'create')
    await client.schedule.create({ ...made, state: { note }, scheduleId: id, memo: { [MARK]: 'ours' } });
  else
    await client.schedule.getHandle(id).update(({ state }) => ({
      ...made,
      // What a person wrote there, most often why it is paused, is theirs.
      state: { ...state, note: state.note && !isOurs(state.note) ? state.note : note },
    }));
}

const NOTE_ENDS = 'Made by weir apply from the definition: change it there.';

/** What the page of a schedule says in words. */
const noteOf = (pipeline: string, timing: Timing, { owners, source }: PipelineFacts): string =>
  [
    `${pipeline}: ${inWords(timing)}.`,
    'Each tick runs the window that is due at its nominal time, and the gap before it.',
    `Owner ${owners.join(', ')}; source ${source}.`,
    NOTE_ENDS,
  ].join(' ');

const isOurs = (note: string): boolean => note.endsWith(NOTE_ENDS);

function specOf(timing: Timing): ScheduleSpec {
  if ('everyMs' in timing) return { intervals: [{ every: timing.everyMs, offset: timing.offsetMs }] };
  return { calendars: timing.utc.map(({ hours, minutes }) => ({ hour: [...hours], minute: [...minutes] })) };
}

const markOf = (timing: Timing, facts: PipelineFacts): string =>
  createHash('sha256')
    .update(JSON.stringify(['utc' in timing ? timing.utc : timing, facts]))
    .digest('hex')
    .slice(0, 16);

function inWords(timing: Timing): string {
  if ('utc' in timing) return timing.says;
  const every = `every ${minutes(timing.everyMs)}`;
  return timing.offsetMs === 0 ? every : `${every}, ${minutes(timing.offsetMs)} after the window`;
}

const minutes = (ms: number): string =>
  ms % 86_400_000 === 0 && ms > 0
    ? `${ms / 86_400_000} d`
    : ms % 3_600_000 === 0 && ms > 0
      ? `${ms / 3_600_000} h`
      : `${ms / 60_000} min`;
