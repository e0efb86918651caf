import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Connection, Client as TemporalClient, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Pipeline } from '../../model/definition/pipeline';
import type { BackfillRequest, WindowSelection } from '../../model/run/backfill';
import { QUEUES, workflowIds } from '../../model/run/temporalNames';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { rangeName, windowName } from '../../model/time/window';
import { compiled } from '../../store/ledger/fingerprint';
import { daysOf, midnightOf } from './subject';

const LATE_MS = 900_000;

/** Asks Temporal for what a chaos run wants done; asking for what runs already is no error. */
export class Driver {
  readonly range: Window;
  readonly backfillId: string;

  private constructor(
    readonly client: Client,
    private readonly connection: Connection,
    private readonly pipeline: Pipeline,
    days: number,
  ) {
    this.range = daysOf(days);
    this.backfillId = workflowIds.backfill(pipeline.name, rangeName(this.range));
  }

  static async connect(address: string, pipeline: Pipeline, days: number): Promise<Driver> {
    const connection = await Connection.connect({ address });
    return new Driver(new TemporalClient({ connection }), connection, pipeline, days);
  }

  /** One backfill of all days to its end. @throws when it fails: a window of it failed or was held. */
  async backfill(which: WindowSelection, newestFirst = false): Promise<void> {
    const order: BackfillRequest = {
      ...{ plan: compiled(this.pipeline), range: this.range, which, kind: 'backfill', newestFirst },
      ...{ width: 6, maxFailedShare: 1 },
    };
    await this.start('backfill', this.backfillId, { order });
    await this.client.workflow.getHandle(this.backfillId).result();
  }

  /** Starts the run of one day beside whatever runs. */
  async beginRun(day: number): Promise<void> {
    const order = { plan: compiled(this.pipeline), window: dayWindow(day), kind: 'run' };
    await this.start('runWindow', this.runId(day), order);
  }

  /** Runs one day to its end. @throws when it failed or was held. */
  async run(day: number): Promise<void> {
    await this.beginRun(day);
    await this.client.workflow.getHandle(this.runId(day)).result();
  }

  async terminateRun(day: number): Promise<void> {
    await this.client.workflow.getHandle(this.runId(day)).terminate('by the chaos run');
  }

  /** Starts a rerun of the days from `day` on, newest first, beside whatever runs. */
  async beginOverlap(day: number): Promise<void> {
    const part = { start: midnightOf(day), end: this.range.end };
    const order: BackfillRequest = {
      ...{ plan: compiled(this.pipeline), range: part, which: 'all', kind: 'rerun', newestFirst: true },
      ...{ width: 4, maxFailedShare: 1 },
    };
    await this.start('backfill', workflowIds.backfill(this.pipeline.name, rangeName(part)), { order });
  }

  /** Starts the tick of a schedule at the time that `day` is due. */
  async beginTick(day: number): Promise<void> {
    const nominal = instant(millis(dayWindow(day).end) + LATE_MS);
    const id = `${workflowIds.tick(this.pipeline.name)}-${nominal}`;
    await this.start('tick', id, { pipeline: this.pipeline.name, nominal });
  }

  async cancelBackfill(): Promise<void> {
    await this.client.workflow.getHandle(this.backfillId).cancel();
  }

  /** Resolves when no workflow is open any more. */
  async drained(): Promise<void> {
    // Temporal's list may be a moment behind.
    for (let quiet = 0; quiet < 3; quiet++) {
      const open = this.client.workflow.list({ query: `ExecutionStatus = 'Running'` })[Symbol.asyncIterator]();
      if (!(await open.next()).done) quiet = -1;
      await wait(300);
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private runId(day: number): string {
    return workflowIds.window(this.pipeline.name, windowName(dayWindow(day)));
  }

  private async start(type: string, workflowId: string, input: object): Promise<void> {
    await this.client.workflow
      .start(type, { taskQueue: QUEUES.workflows, workflowId, args: [input] })
      .catch((error: unknown) => {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      });
  }
}

const dayWindow = (day: number): Window => ({ start: midnightOf(day), end: midnightOf(day + 1) });
