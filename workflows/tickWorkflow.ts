import { defineSearchAttributeKey } from '@temporalio/common';
import { ApplicationFailure, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { DueWindows } from '../model/steps';
import type { Instant } from '../model/time';
import { windowName } from '../model/window';
import { shortText } from './failures';
import { tickStepsOf } from './proxies';
import { runChild } from './runChild';

/** The input of a tick; `nominal` only where no schedule started it. */
export interface TickInput {
  readonly pipeline: string;
  readonly nominal?: Instant;
}

const NOMINAL = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/**
 * What a schedule starts: asks which windows are due at the schedule's nominal time (not at the time it is now: after an outage each missed tick
 * comes with its own), and runs each as a child. Fails when any of them did.
 */
export async function tickWorkflow({ pipeline, nominal = nominalTime() }: TickInput): Promise<DueWindows['windows']> {
  const steps = tickStepsOf(pipeline);
  const due = await steps.due({ pipeline, nominal });
  const failures: string[] = [];
  for (const window of due.windows) {
    try {
      await runChild({ plan: due.plan, window, kind: 'schedule' }, () => steps.owed(due, window));
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      failures.push(`${windowName(window)}: ${shortText(error)}`);
    }
  }
  if (failures.length > 0)
    throw ApplicationFailure.create({
      type: 'TickFailed',
      nonRetryable: true,
      message: `${pipeline}: ${failures.length} of ${due.windows.length} windows that were due failed\n  ${failures.join('\n  ')}`,
    });
  return due.windows;
}

function nominalTime(): Instant {
  const time = workflowInfo().typedSearchAttributes.get(NOMINAL);
  if (time) return time.toISOString().replace('.000Z', 'Z');
  throw ApplicationFailure.create({
    type: 'Misused',
    nonRetryable: true,
    message: 'a tick is started by its schedule, which says for when; by hand: weir run P WINDOW',
  });
}
