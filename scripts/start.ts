import { startBackfill } from '../client/startBackfill';
import { cleaningFingerprint } from '../model/compile/compile';
import { dependencyOrder } from '../model/compile/dependencies';
import type { Pipeline } from '../model/definition/pipeline';
import { historyOf } from '../model/definition/pipeline';
import { framingText } from '../model/definition/reading/dialect';
import { instant } from '../model/time/time';
import { zoneOf } from '../model/time/window';
import { backfillCounts, latestBackfill } from '../store/ledger/backfills';
import { compiled } from '../store/ledger/fingerprint';
import { owedOrigins } from '../store/ledger/origins';
import { homeFolder } from '../workers/config';
import { psqlLine } from './services/serviceFile';
import { untilAborted } from './session/interruption';
import { loadProject } from './session/project';
import type { Runtime } from './session/runtime';
import { withRuntime } from './session/runtime';
import { printError } from './terminal/errors';
import { followBackfill } from './terminal/followBackfill';
import { printSummary } from './terminal/summary';

/** `npm start`: the whole register over all its windows, a verdict, and where to look; a second one finds the work done. */
async function start(argv: readonly string[]): Promise<void> {
  const stays = process.stdout.isTTY && !argv.includes('--exit');
  await withRuntime(loadProject(), { worker: 'if needed' }, async (runtime) => {
    for (const pipeline of dependencyOrder(runtime.register)) {
      const began = Date.now();
      const since = await bringUpToDate(runtime, pipeline);
      await printSummary(runtime, pipeline, { since, seconds: (Date.now() - began) / 1000 });
    }
    printWhereToLook(runtime, stays);
    if (!stays) return;
    process.stderr.write('\nCtrl-C stops the services and drains the worker.\n');
    await untilAborted(runtime.interrupted);
  });
}

/** Runs what the pipeline owes; the epoch of the backfill, or null when nothing was owed. */
async function bringUpToDate(runtime: Runtime, pipeline: Pipeline): Promise<number | null> {
  const range = historyOf(pipeline, instant(Date.now()));
  if (!(await owesAnything(runtime, pipeline, range))) return null;
  process.stderr.write(`${pipeline.name}: ${pipeline.source.describe}\n`);
  const { handle, order } = await startBackfill(runtime.client, pipeline, { range, which: 'owed', kind: 'backfill' });
  await followBackfill(runtime, pipeline, handle, order);
  return latestBackfill(runtime.database, pipeline.name);
}

async function owesAnything(
  { database, register }: Runtime,
  pipeline: Pipeline,
  range: ReturnType<typeof historyOf>,
): Promise<boolean> {
  const plan = compiled(pipeline);
  const offers = await pipeline.source.list(range, zoneOf(pipeline.window) ?? undefined);
  const framing = framingText(pipeline.source.dialect);
  if ((await owedOrigins(database, pipeline.name, cleaningFingerprint(plan), framing, offers)).length > 0) return true;
  const order = {
    plan,
    range,
    which: 'owed',
    kind: 'backfill',
    newestFirst: false,
    width: 1,
    maxFailedShare: 1,
  } as const;
  return (await backfillCounts(database, { register, pipeline }, order, 0)).owed > 0;
}

function printWhereToLook({ services }: Runtime, stays: boolean): void {
  const live = stays || services.started.length === 0;
  const lines = [
    ...(live
      ? [
          ...(services.temporal.uiUrl ? [`Temporal Web UI  ${services.temporal.uiUrl}`] : []),
          `psql             ${psqlLine(homeFolder(process.env))}`,
        ]
      : ['where to look    npm run --silent weir -- up    starts the services again: Temporal Web UI, psql']),
    `next             npm run --silent weir -- status`,
    `                 npm run --silent weir -- rerun flights 2001-01-05`,
    `                 npm run --silent weir -- verify flights 2001-01-05..2001-01-08`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

start(process.argv.slice(2)).catch((error: unknown) => {
  process.exitCode = printError(error);
});
