import { getEventListeners } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startBackfill } from '../../client/startBackfill';
import { createActivities } from '../../activities';
import type { Pipeline } from '../../model';
import { parseRange } from '../../model/time/window';
import { backfill } from '../../scripts/commands/backfill';
import { run } from '../../scripts/commands/run';
import { printError } from '../../scripts/terminal/errors';
import { follow } from '../../scripts/session/follow';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { loadConfig } from '../../workers/config';
import type { RunningWorker } from '../../workers/worker';
import { startWorker } from '../../workers/worker';
import { csvFiles } from '../../sources';
import { readingsCsv, sensors } from '../setup/sensors';
import { CliFixture } from './cliFixture';

const RANGE = '2024-05-01..2024-05-03';

describe('a backfill that ends with closed gates', () => {
  let cli: CliFixture;
  let worker: RunningWorker;
  const lab = sensors();
  /** Of two days the file of the second is not there yet. */
  let waiting: Pipeline;
  const given = { ...process.env };
  beforeAll(async () => {
    cli = await CliFixture.open();
    const drops = mkdtempSync(path.join('.weir', 'test', 'drops-'));
    waiting = sensors({
      name: 'late',
      more: { source: csvFiles({ path: `${drops}/{date}.csv`, missing: 'wait' }) },
    }).pipeline;
    writeFileSync(path.join(drops, '2024-05-01.csv'), readingsCsv('2024-05-01T02:00Z south 4 1'));
    await ensureLayerTables(cli.db.database, [lab.pipeline, waiting]);
    worker = await startWorker({
      connection: { address: cli.temporal.address },
      namespace: 'default',
      activities: createActivities({ database: cli.db.database, register: [lab.pipeline, waiting] }),
      config: loadConfig({ WEIR_HOME: '.weir/test' }),
    });
    // As `weir up` of this project would say where its services are.
    const temporal = { address: cli.temporal.address, namespace: 'default' };
    const services = { pid: process.pid, databaseUrl: cli.db.url, temporal };
    writeFileSync(path.join(cli.home, 'services.json'), JSON.stringify(services));
    process.env['WEIR_HOME'] = cli.home;
    delete process.env['DATABASE_URL'];
  });
  afterAll(async () => {
    process.env = given;
    await worker.shutdown();
    await cli.close();
  });
  const ends = () => backfill([lab.pipeline.name, RANGE], {}, { pipelines: [lab.pipeline] });

  test('ends with 3 where nothing else failed, and readers have the others', async () => {
    const six = [1, 2, 3, 4, 5, 6].map((hour) => `2024-05-01T0${hour}:00Z north 3 1`);
    lab.files.write('a.csv', readingsCsv(...six, '2024-05-02T02:00Z south 4 1'));
    expect(await ends()).toBe(3);
    expect(
      await cli.db.database.query(`select state from weir.windows where pipeline = 'sensors' order by window_start`),
    ).toEqual([{ state: 'held' }, { state: 'published' }]);
  });

  test('and with files that are not there yet: those windows wait, and a run of one of them ends with 3 too', async () => {
    expect(await backfill([waiting.name, RANGE], {}, { pipelines: [waiting] })).toBe(3);
    const states = `select state from weir.windows where pipeline = 'late' order by window_start`;
    expect(await cli.db.database.query(states)).toEqual([{ state: 'published' }, { state: 'missing' }]);
    const alone = run([waiting.name, '2024-05-02'], {}, { pipelines: [waiting] });
    await expect(alone).rejects.toMatchObject({ cause: { type: 'SourceWaits' } });
    expect(printError(await alone.catch((error: unknown) => error), {})).toBe(3);
  });

  test('throws what failed where a window failed otherwise', async () => {
    await cli.db.database.query(`update weir.windows set state = 'failed' where state = 'held' returning epoch`);
    await cli.db.database.query(`alter table weir_stage.${lab.daily.tableName} add column surprise integer not null`);
    await expect(ends()).rejects.toMatchObject({ cause: { type: 'BackfillFailed' } });
  });

  test('following it leaves no listener behind', async () => {
    const connection = await Connection.connect({ address: cli.temporal.address });
    const client = new Client({ connection });
    const { signal } = new AbortController();
    const { handle } = await startBackfill(client, lab.pipeline, {
      ...{ range: parseRange('1d', RANGE), which: 'all', kind: 'rerun' },
    });
    const result = follow({ client, interrupted: signal }, handle).catch(() => undefined);
    expect(getEventListeners(signal, 'abort').length).toBe(1);
    await result;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await connection.close();
  });
});
