import { Context } from '@temporalio/activity';
import { Busy } from '../model/errors';
import { foreignPipelines } from '../model/plan';
import type { Activities } from '../model/steps';
import { windowName } from '../model/window';
import * as backfills from '../store/backfills';
import { physical } from '../store/names';
import { publishWindow } from '../store/publishing';
import { refreshTable } from '../store/refreshing';
import { claimWindow, closeRun, holdWindow } from '../store/runs';
import type { Room } from './context';
import { attemptOf, beating, execution, pipelineOf } from './context';
import { dueWindows } from './due';
import { ingest } from './ingest';

/** About a minute by the policy of `owedWindow`. */
const PATIENT_ATTEMPTS = 10;

/** The activities of a worker that serves `register`: one verb a step, idempotent, fenced, heartbeating; they take no decisions. */
export function makeActivities(room: Room): Activities {
  const { database, register } = room;
  const stagesOf = (call: Parameters<typeof pipelineOf>[1]): string[] =>
    call.claim.order.plan.tables.slice(1).map((table) => physical.stage(table));
  return {
    claim: (order) => claimWindow(database, order, execution()),
    ingest: (call) => ingest(room, call),
    refresh: (call) =>
      beating(() => {
        const pipeline = pipelineOf(room, call);
        return refreshTable(
          database,
          attemptOf(call, 'refresh', call.table),
          pipeline,
          call.table,
          foreignPipelines(register, pipeline),
        );
      }),
    hold: (call) => holdWindow(database, attemptOf(call, 'hold'), call.gate, stagesOf(call)),
    publish: (call) => beating(() => publishWindow(database, attemptOf(call, 'publish'), pipelineOf(room, call))),
    close: (call) => closeRun(database, attemptOf(call, 'close'), call, stagesOf(call)),
    openBackfill: (order) => backfills.openBackfill(database, order, execution()),
    pageBackfill: ({ order, epoch, after, limit }) => backfills.pageBackfill(database, order, epoch, after, limit),
    owedWindow: async ({ order, epoch, window }) => {
      // Asked again by Temporal until the other run has ended: waiting here would hold a slot that this run may need.
      // Not for ever: of a run that was terminated the ledger never hears, and then this one must try to take over.
      if (
        Context.current().info.attempt < PATIENT_ATTEMPTS &&
        (await backfills.isRunning(database, order.plan.pipeline, window))
      ) {
        throw new Busy(
          `${order.plan.pipeline} ${windowName(window)} is being run by another; the backfill waits for it`,
        );
      }
      return backfills.owesRun(database, order, epoch, window);
    },
    dueWindows: (call) => dueWindows(room, call),
    finishBackfill: ({ epoch, ...ended }) => backfills.finishBackfill(database, epoch, ended),
  };
}
