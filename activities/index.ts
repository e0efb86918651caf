import { Context } from '@temporalio/activity';
import { foreignPipelines } from '../model/compile/dependencies';
import type { BackfillRequest } from '../model/run/backfill';
import { Busy } from '../model/run/errors';
import { withoutRows } from '../model/run/gate';
import type { Activities } from '../model/run/steps';
import { windowName } from '../model/time/window';
import * as backfills from '../store/ledger/backfills';
import { assertNotMoved } from '../store/ledger/originLife';
import { claimWindow, closeRun, holdWindow } from '../store/ledger/runs';
import { physical } from '../store/postgres/identifiers';
import { publishWindow } from '../store/refresh/publishWindow';
import { refreshTable } from '../store/refresh/refreshTable';
import type { ActivityDependencies } from './context';
import { stepAttempt, tellLedger, withHeartbeat, execution, pipelineOf, servedPipeline } from './context';
import { dueWindows } from './due';
import { ingest } from './ingest';

/** About a minute by the policy of `owedWindow`. */
const PATIENT_ATTEMPTS = 10;

/** The activities of a worker that serves `register`: one verb a step, idempotent, fenced, heartbeating; they take no decisions. */
export function createActivities(room: ActivityDependencies): Activities {
  const { database, register } = room;
  const stagesOf = (call: Parameters<typeof pipelineOf>[1]): string[] =>
    call.claim.order.plan.tables.slice(1).map((table) => physical.stage(table));
  const definitionsOf = ({ plan }: BackfillRequest): backfills.Definitions => ({
    register,
    pipeline: servedPipeline(room, plan.pipeline),
  });
  return {
    claim: (order) => claimWindow(database, order, execution()),
    ingest: (call) => tellLedger(room, call, () => ingest(room, call)),
    refresh: async (call) => {
      const refreshed = withHeartbeat(() => {
        const pipeline = pipelineOf(room, call);
        return refreshTable(
          database,
          register,
          stepAttempt(call, 'refresh', call.table),
          pipeline,
          call.table,
          foreignPipelines(register, pipeline),
        );
      });
      return withoutRows(await tellLedger(room, call, () => refreshed));
    },
    hold: (call) => holdWindow(database, stepAttempt(call, 'hold'), call.gate, stagesOf(call)),
    publish: (call) =>
      tellLedger(room, call, () =>
        withHeartbeat(() => publishWindow(database, stepAttempt(call, 'publish'), pipelineOf(room, call), register)),
      ),
    close: (call) => closeRun(database, stepAttempt(call, 'close'), call, stagesOf(call)),
    openBackfill: async (order) => {
      await assertNotMoved(database, servedPipeline(room, order.plan.pipeline));
      return backfills.openBackfill(database, definitionsOf(order), order, execution());
    },
    pageBackfill: ({ order, epoch, after, limit, again }) =>
      backfills.pageBackfill(database, definitionsOf(order), order, epoch, after, limit, again),
    staleWindows: ({ order, epoch }) => backfills.staleWindows(database, definitionsOf(order), order, epoch),
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
      return backfills.owesRun(database, definitionsOf(order), order, epoch, window);
    },
    dueWindows: (call) => dueWindows(room, call),
    finishBackfill: ({ epoch, ...ended }) => backfills.finishBackfill(database, epoch, ended),
  };
}
