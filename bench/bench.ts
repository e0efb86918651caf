import { openServices } from '../scripts/services/services';
import { Database } from '../store/postgres/database';
import { checks } from './parts/checks';
import { benchFiles } from './parts/data';
import { dataPlane } from './parts/dataPlane';
import { dialect } from './parts/dialect';
import { growth } from './parts/growth';
import { mainJob } from './parts/mainJob';
import type { Ratio } from './measuring';
import { machine, ratioLine, table } from './measuring';
import { ndjson } from './parts/ndjson';
import { orchestration } from './parts/orchestration';
import { processes } from './parts/processes';
import { status } from './parts/status';
import { tick } from './parts/tick';
import { year } from './year';

const HOME = '.weir/bench';
const ROUNDS = Number(process.env['WEIR_BENCH_ROUNDS'] ?? 5);

/**
 * `npm run bench`: the bars as ratios, all in one run on one machine, medians of 5.
 * LA: COPY of the clean CSV into the typed table, no index. LB: LA and one aggregate.
 */
async function bench(): Promise<void> {
  const only = process.argv.slice(2);
  const wanted = (name: string): boolean => only.length === 0 || only.includes(name);
  const services = await openServices({ home: HOME, need: ['postgres', 'temporal'] });
  const admin = Database.open(services.databaseUrl, { max: 2 });
  try {
    const [version] = await admin.query<{ v: string }>(`select current_setting('server_version') as v`);
    process.stdout.write(`${machine(`PostgreSQL ${version!.v}`)}; medians of ${ROUNDS}\n\n`);
    const files = await benchFiles(`${HOME}/data`);
    const ratios: Ratio[] = [];
    const notes: string[] = [];
    if (wanted('data')) await dataPlane(admin, services.databaseUrl, files, ROUNDS, ratios, notes);
    if (wanted('ndjson')) await ndjson(admin, services.databaseUrl, files, ROUNDS, ratios);
    if (wanted('data') || wanted('dialect')) await dialect(files, ROUNDS, ratios);
    if (wanted('checks')) await checks(admin, services.databaseUrl, files, ROUNDS, ratios);
    if (wanted('orchestration')) await orchestration(services, ROUNDS, notes);
    if (wanted('tick')) await tick(admin, services, notes);
    if (wanted('main')) await mainJob(admin, services, Math.min(ROUNDS, 3), ratios, notes);
    if (only.includes('status')) await status(admin, services.databaseUrl, notes);
    if (only.includes('growth')) await growth(admin, services.databaseUrl, HOME, ROUNDS);
    // Minutes long: only where they are asked for.
    if (only.includes('processes')) await processes(admin, services, Math.min(ROUNDS, 3), notes);
    if (only.includes('year')) await year(admin, services, HOME, Math.min(ROUNDS, 3), ratios, notes);
    if (ratios.length > 0)
      process.stdout.write(
        `${table(['measure', 'takes', 'limit', 'ratio', 'spread', 'bar (stretch)', ''], ratios.map(ratioLine))}\n\n`,
      );
    process.stdout.write(`${notes.join('\n')}\n`);
  } finally {
    await admin.close();
    await services.close();
  }
}

bench().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
