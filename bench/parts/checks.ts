import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/index';
import { between, expression, notNull } from '../../checks/index';
import type { Pipeline } from '../../model/index';
import { sql } from '../../model/index';
import type { GateCheck } from '../../model/definition/check';
import type { RunKind } from '../../model/run/request';
import type { Activities } from '../../model/run/steps';
import { windowAt } from '../../model/time/window';
import { compiled } from '../../store/ledger/fingerprint';
import type { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import type { BenchFiles } from './data';
import { onFresh } from './dataPlane';
import type { Ratio } from '../measuring';
import { interleaved, median, timed } from '../measuring';
import type { Flight } from '../subject';
import { subject } from '../subject';

/** How often a window is judged in a round: a gate is short beside its window. */
const GATES = 5;

/** What twenty checks of a million rows take beside the window that they judge: landing, cleaning, computing, publishing. */
export async function checks(
  admin: Database,
  url: string,
  files: BenchFiles,
  rounds: number,
  ratios: Ratio[],
): Promise<void> {
  const results = await interleaved(
    [{ name: 'window', run: () => onFresh(admin, url, (database) => judgedWindow(database, files)) }],
    rounds,
  );
  ratios.push({
    measure: 'twenty checks of 1 M rows / their window',
    of: results.get('window checks')!,
    limit: results.get('window whole')!,
    bar: 0.15,
  });
}

async function judgedWindow(database: Database, files: BenchFiles): Promise<Record<string, number>> {
  const [without, withTwenty] = [subject(files.dirty, 'all'), subject(files.dirty, 'all', twentyChecks())];
  await migrate(database);
  await ensureLayerTables(database, [without]);
  await database.query('checkpoint');
  const whole = await timed(() => run(database, without, 'run').then((steps) => steps.publish()));
  const gates = { without: [] as number[], withTwenty: [] as number[] };
  for (let i = 0; i < GATES; i++)
    for (const [name, pipeline] of [
      ['without', without],
      ['withTwenty', withTwenty],
    ] as const) {
      const { gateMs } = await run(database, pipeline, 'rerun');
      gates[name].push(gateMs);
    }
  return { whole, checks: median(gates.withTwenty) - median(gates.without) };
}

let runs = 0;

/** One run up to its publish, with what its first gate took. */
async function run(
  database: Database,
  pipeline: Pipeline,
  kind: RunKind,
): Promise<{ gateMs: number; publish: () => Promise<unknown> }> {
  const activities = createActivities({ database, register: [pipeline] });
  const runId = `run-${++runs}`;
  const call = <K extends keyof Activities>(name: K, input: Parameters<Activities[K]>[0]): ReturnType<Activities[K]> =>
    new MockActivityEnvironment({ attempt: 1, workflowExecution: { workflowId: 'bench', runId } }).run(
      activities[name] as never,
      input as never,
    ) as unknown as ReturnType<Activities[K]>;
  const window = windowAt(pipeline.window, '2001-01-01T00:00:00Z');
  const claim = await call('claim', { plan: compiled(pipeline), window, kind });
  await call('ingest', { claim, step: 1 });
  const [cleaned, ...curated] = claim.order.plan.tables;
  let gate: unknown;
  const gateMs = await timed(async () => (gate = await call('refresh', { claim, step: 2, table: cleaned! })));
  if ((gate as { failed: unknown[] }).failed.length > 0) throw new Error(`a check fails: ${JSON.stringify(gate)}`);
  let step = 2;
  const publish = async (): Promise<unknown> => {
    for (const table of curated) await call('refresh', { claim, step: ++step, table });
    return call('publish', { claim, step: ++step });
  };
  return { gateMs, publish };
}

const twentyChecks = (): GateCheck<Flight>[] => [
  ...(['departed_at', 'delay', 'distance', 'origin', 'destination'] as const).map((column) => notNull(column)),
  ...[0, 1, 2, 3, 4].map((more) => between('delay', -1_000 - more, 2_000 + more)),
  ...[0, 1, 2, 3, 4].map((more) => between('distance', -more, 10_000 + more)),
  ...[1, 2, 3].map((letters) => expression(sql`length(origin) >= ${letters}::integer`)),
  expression(sql`delay < 2001 or distance > 0`),
  expression(sql`departed_at >= '2001-01-01'`),
];
