import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, renameSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/index';
import type { Pipeline } from '../../model/index';
import type { Claim } from '../../model/run/claim';
import { windowAt } from '../../model/time/window';
import { land } from '../../store/inflow/land';
import { compiled } from '../../store/ledger/fingerprint';
import { withOrigin } from '../../store/ledger/origins';
import type { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { ensureLayerTables } from '../../store/schema/layerTables';
import type { Ratio } from '../measuring';
import { interleaved, timed } from '../measuring';
import type { Shape } from '../subject';
import { subject } from '../subject';
import type { BenchFiles } from './data';
import { limitA, onFresh } from './dataPlane';

/** What it takes to clean a million flights from NDJSON: flat against LA, and nested against its flat twin. */
export async function ndjson(
  admin: Database,
  url: string,
  files: BenchFiles,
  rounds: number,
  ratios: Ratio[],
): Promise<void> {
  const cleaned = (shape: Shape, file: string) => ({
    name: shape,
    run: () => onFresh(admin, url, (database) => cleaning(database, subject(file, 'all', [], shape))),
  });
  const results = await interleaved(
    [
      { name: 'LA', run: () => onFresh(admin, url, (database) => limitA(database, files)) },
      cleaned('flat', await written(files, 'flat')),
      cleaned('nested', await written(files, 'nested')),
    ],
    rounds,
  );
  const of = (name: string): number[] => results.get(name)!;
  ratios.push(
    { measure: 'clean NDJSON from raw / LA', of: of('flat clean'), limit: of('LA'), bar: 1.5 },
    {
      ...{ measure: 'clean nested NDJSON / its flat twin, processor' },
      ...{ of: of('nested processor'), limit: of('flat processor'), bar: 1.3, stretch: 1.1 },
    },
  );
}

/** What cleaning took by the clock, and of this process's processors. */
async function cleaning(database: Database, pipeline: Pipeline): Promise<Record<string, number>> {
  await migrate(database);
  await ensureLayerTables(database, [pipeline]);
  await database.query('checkpoint');
  const activities = createActivities({ database, register: [pipeline] });
  const environment = new MockActivityEnvironment({
    attempt: 1,
    workflowExecution: { workflowId: 'bench', runId: 'run-1' },
  });
  const window = windowAt(pipeline.window, '2001-01-01T00:00:00Z');
  const claim: Claim = await environment.run(activities.claim, {
    plan: compiled(pipeline),
    window,
    kind: 'run' as const,
  });
  const [offer] = await pipeline.source.list(window);
  await withOrigin(database, { claim, step: 1, attempt: 1 }, offer!.origin, (tx) =>
    land(tx, pipeline.name, pipeline.source, offer!, claim.epoch, () => undefined),
  );
  const before = process.cpuUsage();
  const clean = await timed(() => environment.run(activities.ingest, { claim, step: 1 }));
  const { user, system } = process.cpuUsage(before);
  return { clean, processor: (user + system) / 1_000 };
}

const SHAPES: Readonly<Record<Exclude<Shape, 'csv'>, (fields: readonly string[]) => object>> = {
  flat: ([date, delay, distance, origin, destination]) => ({
    ...{ date, delay: Number(delay), distance: Number(distance), origin, destination },
  }),
  nested: ([date, delay, distance, origin, destination]) => ({
    ...{ date, flight: { delay: Number(delay), distance: Number(distance) } },
    route: { origin: { code: origin }, destination: { code: destination } },
  }),
};

// The lines of the clean CSV file, each as an object.
async function written(files: BenchFiles, shape: Exclude<Shape, 'csv'>): Promise<string> {
  const file = path.join(path.dirname(files.clean), `${shape}-v1.ndjson`);
  if (existsSync(file)) return file;
  const out = createWriteStream(`${file}.part`);
  for await (const line of createInterface({ input: createReadStream(files.clean) }))
    if (!out.write(`${JSON.stringify(SHAPES[shape](line.split(',')))}\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'close');
  renameSync(`${file}.part`, file);
  return file;
}
