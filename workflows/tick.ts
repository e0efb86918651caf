import { defineSearchAttributeKey } from '@temporalio/common';
import { ApplicationFailure, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { BackfillRequest, DueWindows } from '../model/run/backfill';
import type { Instant } from '../model/time/time';
import type { Window } from '../model/time/window';
import { windowName } from '../model/time/window';
import { shortText, tickFailed, toldFailure } from './shared/failures';
import { caller } from './shared/proxies';
import { runChild } from './shared/runChild';

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
export async function tick({ pipeline, nominal = nominalTime() }: TickInput): Promise<DueWindows['windows']> {
  const call = caller(pipeline, 'schedule');
  const due = await call('dueWindows', { pipeline, nominal }).catch((error: unknown) => {
    throw toldFailure(error, { next: `weir status ${pipeline}`, stillTrue: 'nothing was started' });
  });
  const failures: string[] = [];
  for (const window of due.windows) {
    try {
      await runChild({ plan: due.plan, window, kind: 'schedule' }, 'due by its schedule', due.facts, () =>
        call('owedWindow', { order: asBackfill(due, window), epoch: due.epoch, window }),
      );
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      failures.push(`${windowName(window)}: ${shortText(error)}`);
    }
  }
  if (failures.length > 0) throw tickFailed(pipeline, due.windows.length, failures);
  return due.windows;
}

// The ledger is asked as a backfill asks it: what is owed of one window.
const asBackfill = ({ plan }: DueWindows, range: Window): BackfillRequest => ({
  plan,
  range,
  which: 'all',
  kind: 'backfill',
  newestFirst: false,
  width: 1,
  maxFailedShare: 1,
});

function nominalTime(): Instant {
  const time = workflowInfo().typedSearchAttributes.get(NOMINAL);
  if (time) return time.toISOString().replace('.000Z', 'Z');
  throw ApplicationFailure.create({
    type: 'Misused',
    nonRetryable: true,
    message: 'a tick is started by its schedule, which says for when; by hand: weir run P WINDOW',
  });
}
