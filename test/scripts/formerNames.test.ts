import { Client, Connection } from '@temporalio/client';
import { startBackfill } from '../../client/startBackfill';
import { startRun } from '../../client/startRun';
import type { Pipeline } from '../../model/definition/pipeline';
import { QUEUES } from '../../model/run/temporalNames';
import { parseRange, parseWindow } from '../../model/time/window';
import { compiled } from '../../store/ledger/fingerprint';
import { pageBackfill } from '../../store/ledger/backfills';
import { sensors } from '../setup/sensors';
import { CliFixture } from './cliFixture';

const BERLIN = '1d@Europe/Berlin';
const MAY1 = parseWindow(BERLIN, '2024-05-01');
const RANGE = parseRange(BERLIN, '2024-05-01..2024-05-03');

describe('local days that a version before called by their start in UTC', () => {
  let cli: CliFixture;
  let connection: Connection;
  let client: Client;
  let pipeline: Pipeline;
  beforeAll(async () => {
    cli = await CliFixture.open();
    connection = await Connection.connect({ address: cli.temporal.address });
    client = new Client({ connection });
    pipeline = sensors({ more: { window: BERLIN, from: '2024-05-01' } }).pipeline;
  });
  afterAll(async () => {
    await connection.close();
    await cli.close();
  });

  /** A run of the version before that is under way: nobody serves its queue. */
  const underWay = (workflowId: string, workflowType: string) =>
    client.workflow.start(workflowType, { workflowId, taskQueue: QUEUES.workflows, args: [{}] });

  test('a run and a backfill that are under way are joined', async () => {
    const former = [
      await underWay('sensors/2024-04-30T22', 'runWindow'),
      await underWay('sensors/backfill/2024-04-30T22..2024-05-02T22', 'backfill'),
    ];
    const run = await startRun(client, pipeline, MAY1);
    const backfill = await startBackfill(client, pipeline, { range: RANGE, which: 'all', kind: 'backfill' });
    expect([run.joined, run.handle.workflowId]).toEqual([true, 'sensors/2024-04-30T22']);
    expect([backfill.joined, backfill.handle.workflowId]).toEqual([
      true,
      'sensors/backfill/2024-04-30T22..2024-05-02T22',
    ]);
    for (const handle of former) await handle.terminate();
    const after = await startRun(client, pipeline, MAY1);
    expect([after.joined, after.handle.workflowId]).toEqual([false, 'sensors/2024-05-01']);
    await after.handle.terminate();
  });

  test('a backfill hands its windows out under the ids that their open runs have', async () => {
    const plan = compiled(pipeline);
    const order = {
      plan,
      range: RANGE,
      which: 'all',
      kind: 'backfill',
      newestFirst: false,
      width: 1,
      maxFailedShare: 1,
    } as const;
    const names = async (): Promise<(string | undefined)[]> =>
      (await pageBackfill(cli.db.database, { register: [pipeline], pipeline }, order, 1, null, 10)).spans.map(
        ({ name }) => name,
      );
    expect(await names()).toEqual(['2024-05-01', '2024-05-02']);
    await cli.db.database.query(
      `insert into weir.runs (pipeline, window_start, window_end, kind, state, workflow_id, workflow_run_id)
       values ('sensors', $1, $2, 'run', 'running', 'sensors/2024-04-30T22', 'r')`,
      [MAY1.start, MAY1.end],
    );
    expect(await names()).toEqual([undefined, '2024-05-02']);
  });
});
