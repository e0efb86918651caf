import type { ChildProcess } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ApplicationFailure, Client, Connection } from '@temporalio/client';
import { startRun } from '../../client/startRun';
import type { Pipeline } from '../../model';
import { WHOLE } from '../../model/time/window';
import { accountFor } from '../../store/proof/accounting';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { CliFixture, ended } from '../scripts/cliFixture';
import { ROW, badDocuments } from './badDocuments';
import { badFiles } from './badFiles';
import { badInputPipelines } from './badInputPipelines';

/** One bad file of so many; all of them where the environment says so. */
const EVERY = process.env['WEIR_TEST_BAD_FILES'] === 'all' ? 1 : 10;
const FORMATS = ['csv', 'ndjson', 'parquet'] as const;

describe('one worker process, and everything that comes in broken', () => {
  let cli: CliFixture;
  let worker: ChildProcess;
  let connection: Connection;
  let client: Client;
  let pipelines: ReturnType<typeof badInputPipelines>;

  beforeAll(async () => {
    cli = await CliFixture.open();
    pipelines = badInputPipelines(cli.home);
    // Compiles what the worker process is made of.
    expect((await cli.weir('migrate')).code).toBe(0);
    await ensureLayerTables(cli.db.database, Object.values(pipelines));
    connection = await Connection.connect({ address: cli.temporal.address });
    client = new Client({ connection });
    worker = spawn(process.execPath, [compiledWorker(cli.home), cli.db.url, cli.temporal.address, cli.home], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, WEIR_HOME: '.weir/test' },
    });
    await Promise.race([
      once(worker.stdout!, 'data'),
      once(worker, 'exit').then(() => Promise.reject(new Error('the worker ended before it served'))),
    ]);
  });
  afterAll(async () => {
    if (worker) await ended(worker, 'SIGTERM');
    await connection?.close();
    await cli.close();
  });

  /** Runs `pipeline` over these bytes: `cleaned`, or the error's type. */
  async function run(pipeline: Pipeline, file: string, bytes: Buffer): Promise<string> {
    writeFileSync(path.join(cli.home, file), bytes);
    try {
      await (await startRun(client, pipeline, WHOLE)).handle.result();
      return 'cleaned';
    } catch (error) {
      let inner = error as Error;
      while (!(inner instanceof ApplicationFailure) && inner.cause instanceof Error) inner = inner.cause;
      return inner instanceof ApplicationFailure ? inner.type! : String(inner);
    }
  }
  const deliveries = async ({ name }: Pipeline): Promise<number> =>
    (await cli.db.database.query('select from weir.deliveries where pipeline = $1', [name])).length;

  test('each document of one file is a row or a dead letter with its reason; a neighbour is served meanwhile', async () => {
    let working = true;
    let served = 0;
    const neighbour = (async () => {
      for (; working; served++)
        expect(await run(pipelines.neighbour, 'neighbour', Buffer.from(`id\n${served}\n`))).toBe('cleaned');
    })();
    await Promise.all(
      (['csv', 'ndjson'] as const).map(async (format) => {
        // One that never closes takes what stands behind it.
        const documents = badDocuments.filter((one) => one.format === format && !/never closes/.test(one.name));
        const header = format === 'csv' ? ['id,n,name,doc'] : [];
        const lines = [...header, ...documents.map(({ record }) => record)];
        const bytes = Buffer.concat(lines.flatMap((line) => [Buffer.from(line as string), Buffer.from('\n')]));
        expect(await run(pipelines[format], format, bytes)).toBe('cleaned');
        const letters = await cli.db.database.query<{ record: number; reason: string }>(
          'select record, reason from weir.dead_letters where pipeline = $1 order by record',
          [pipelines[format].name],
        );
        const short = (reason: string): string => reason.replace(/ \(a record of .*/, '');
        expect(letters.map(({ record, reason }) => `${record} ${short(reason)}`)).toEqual(
          documents.flatMap(({ becomes }, i) => (becomes === ROW ? [] : [`${i} ${short(becomes)}`])),
        );
        expect(await accountFor(cli.db.database, pipelines[format])).toMatchObject({
          ...{ records: documents.length, deadLetters: letters.length, balanced: true },
        });
      }),
    );
    working = false;
    await neighbour;
    expect(served).toBeGreaterThan(0);
  }, 120_000);

  test.each(FORMATS)(
    'each bad file of %s is cleaned with its books in balance, or refused before it lands',
    async (format) => {
      const pipeline = pipelines[format];
      for (const { name, bytes } of badFiles[format].filter((_, i) => i % EVERY === 0)) {
        const before = await deliveries(pipeline);
        const outcome = await run(pipeline, format, bytes);
        expect([name, outcome]).toEqual([name, expect.stringMatching(/^(cleaned|SourceUnreadable|ContractBroken)$/)]);
        if (outcome === 'SourceUnreadable') expect(await deliveries(pipeline)).toBe(before);
        if (outcome === 'cleaned')
          expect([name, await accountFor(cli.db.database, pipeline)]).toMatchObject([name, { balanced: true }]);
      }
    },
    300_000,
  );

  test('it is the process that it was, and no heartbeat of it was late: no step was tried twice', async () => {
    expect([worker.exitCode, worker.signalCode]).toEqual([null, null]);
    expect(() => process.kill(worker.pid!, 0)).not.toThrow();
    expect(await cli.db.database.query('select name, attempt from weir.steps where attempt > 1')).toEqual([]);
  });
});

/** The worker's entry as JavaScript over the compiled rooms. */
function compiledWorker(folder: string): string {
  const out = path.resolve(folder, 'worker');
  mkdirSync(out);
  const names = ['badInputWorker', 'badInputPipelines', 'badDocuments'];
  const entries = names.map((name) => path.join(__dirname, `${name}.ts`));
  execFileSync(path.resolve('node_modules/.bin/esbuild'), [
    ...entries,
    '--format=cjs',
    '--log-level=error',
    `--outdir=${out}`,
  ]);
  for (const name of names) {
    const file = path.join(out, `${name}.js`);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"../../', `"${path.resolve('dist')}/`));
  }
  return path.join(out, 'badInputWorker.js');
}
