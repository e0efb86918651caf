import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { BackfillRequest, WindowSelection } from '../../model/run/backfill';
import { QUEUES, workflowIds } from '../../model/run/temporalNames';
import { instant, millis } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { rangeName, split, windowName } from '../../model/time/window';
import { compiled } from '../../store/ledger/fingerprint';
import { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ChaosCluster } from './chaosCluster';
import type { Fault, Planned, Scene } from './faults';
import { commit } from './faults';
import { generator } from './generator';
import { judge, leftOver } from './judge';
import { daysOf, subject, writeFiles } from './subject';

const PATIENCE_MS = 30 * 60_000;

export interface ChaosResult {
  readonly layers: Record<string, string>;
  readonly left: Record<string, number>;
  readonly done: Partial<Record<Fault, number>>;
  readonly passes: number;
}

/** Backfills all days while `faults` happen, asks again until nothing is owed, and takes the digests. Throws when that takes for ever. */
export async function runChaos(options: {
  home: string;
  seed: number;
  days: number;
  workers: number;
  faults: readonly Planned[];
}): Promise<ChaosResult> {
  const { home, seed, days } = options;
  const folder = path.resolve(home, 'files');
  writeFiles(folder, days, generator(seed));
  const pipeline = subject(folder);
  const town = await ChaosCluster.open(home, folder);
  const database = Database.open(town.databaseUrl, { max: 4 });
  try {
    await migrate(database);
    await ensureLayerTables(database, [pipeline]);
    await Promise.all(Array.from({ length: options.workers }, () => town.addWorker()));
    const connection = await Connection.connect({ address: town.address });
    const client = new Client({ connection });
    const range = daysOf(days);
    const plan = compiled(pipeline);
    const workflowId = workflowIds.backfill(pipeline.name, rangeName(range));
    const began = Date.now();
    const deadline = began + PATIENCE_MS;

    /** One backfill to its end, however that is; what stands in its way is waited out. */
    const pass = async (which: WindowSelection): Promise<void> => {
      const order: BackfillRequest = {
        ...{ plan, range, which, kind: 'backfill', newestFirst: false },
        ...{ width: 6, maxFailedShare: 1 },
      };
      await client.workflow
        .start('backfill', { taskQueue: QUEUES.workflows, workflowId, args: [{ order }] })
        .catch((error: unknown) => {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        });
      await client.workflow.getHandle(workflowId).result();
    };
    const tolerant = async (work: () => Promise<unknown>): Promise<boolean> =>
      work().then(
        () => true,
        async () => {
          if (Date.now() > deadline) throw new Error(`seed ${seed}: nothing moves any more`);
          await wait(300);
          return false;
        },
      );

    const done: Partial<Record<Fault, number>> = {};
    const sleeping: Promise<void>[] = [];
    let over = false;
    const storm = (async () => {
      for (const { fault, afterMs, which } of options.faults) {
        await wait(afterMs);
        const start = (type: string, id: string, input: object): Promise<void> =>
          client.workflow.start(type, { taskQueue: QUEUES.workflows, workflowId: id, args: [input] }).then(
            () => undefined,
            (error: unknown) => {
              if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
            },
          );
        const windowAt = (at: number): Window => split('1d', range)[Math.floor(at * days)]!;
        const scene: Scene = {
          ...{ town, client, sleeping, backfillId: () => workflowId },
          runWindow: (at) => {
            const window = windowAt(at);
            return start('runWindow', workflowIds.window(pipeline.name, windowName(window)), {
              plan,
              window,
              kind: 'run',
            });
          },
          overlap: (at) => {
            const part = { start: windowAt(at / 2).start, end: range.end };
            return start('backfill', workflowIds.backfill(pipeline.name, rangeName(part)), {
              order: { plan, range: part, which: 'all', kind: 'rerun', newestFirst: true, width: 4, maxFailedShare: 1 },
            });
          },
          tick: (at) => {
            const nominal = instant(millis(windowAt(at).end) + 900_000);
            return start('tick', `${workflowIds.tick(pipeline.name)}-${nominal}`, { pipeline: pipeline.name, nominal });
          },
        };
        // What cannot be done now (nothing to cancel, Temporal still starting) is tried until it can.
        while (!(await tolerant(() => commit(fault, which, scene))));
        done[fault] = (done[fault] ?? 0) + 1;
        process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1)} s  ${fault}\n`);
      }
      await Promise.all(sleeping);
    })().finally(() => (over = true));
    let passes = 0;
    const chance = generator(seed + 1);
    while (!over) {
      if (await tolerant(() => pass(passes === 0 ? 'owed' : 'all'))) passes++;
      // Other bytes for every file, while things fall: what was there is superseded.
      if (!over) writeFiles(folder, days, chance);
    }
    await storm;
    // The bytes of the beginning again: the end must be that of the undisturbed run.
    writeFiles(folder, days, generator(seed));
    while (!(await tolerant(() => pass('all'))));
    let left = await leftOver(database, days, pipeline);
    while (Object.values(left).some((n) => n !== 0)) {
      await tolerant(() => pass('owed'));
      left = await leftOver(database, days, pipeline);
      if (Date.now() > deadline) break;
      await wait(200);
    }
    await connection.close();
    return { layers: await judge(database, pipeline), left, done, passes };
  } finally {
    await database.close();
    await town.close();
  }
}
