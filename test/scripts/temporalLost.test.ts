import { Client, Connection } from '@temporalio/client';
import { WHOLE } from '../../model/time/window';
import { pipelines } from '../../pipelines';
import { compiled } from '../../store/ledger/fingerprint';
import { claimWindow } from '../../store/ledger/runs';
import { CliFixture } from './cliFixture';

const airports = pipelines.find(({ name }) => name === 'airports')!;

describe('the ledger outlives Temporal', () => {
  let cli: CliFixture;
  beforeAll(async () => {
    cli = await CliFixture.open();
    await cli.weir('migrate');
  });
  afterAll(() => cli.close());

  let lost = 0;
  const claimed = () =>
    claimWindow(
      cli.db.database,
      { plan: compiled(airports), window: WHOLE, kind: 'run' },
      { workflowId: 'airports/whole', workflowRunId: `lost-${++lost}` },
    );
  const plan = async () =>
    (await cli.weir('plan airports --json')).json[0] as { hash: string; orphans: { workflowId: string }[] };
  const runs = async () =>
    cli.db.database.query(`select state, error from weir.runs where workflow_run_id like 'lost-%' order by epoch`);

  test('its database gone: plan and apply go on from the ledger, open runs are closed with a reason', async () => {
    await claimed();
    await cli.loseTemporal();
    await cli.worker();
    const { hash, orphans } = await plan();
    expect(orphans).toMatchObject([{ workflowId: 'airports/whole' }]);
    const applied = await cli.weir(`apply ${hash} airports`);
    expect([applied.code, applied.err]).toEqual([0, expect.anything()]);
    expect(await runs()).toEqual([
      { state: 'orphaned', error: expect.stringContaining('lost with its database') as string },
    ]);
    expect((await cli.weir('plan airports')).out).toBe(
      'nothing to do: airports stand as defined\nairports runs: batch, by hand: nothing is promised\n',
    );
    expect((await cli.weir('windows airports')).out).toMatch(/whole +published/);
  });

  test('a run that was terminated leaves no window stuck: the next claim takes over', async () => {
    const connection = await Connection.connect({ address: cli.temporal.address });
    const client = new Client({ connection });
    try {
      const before = await claimed();
      // What the Web UI's Terminate does, to a run whose steps nobody serves.
      const handle = await client.workflow.start('runWindow', {
        taskQueue: 'nobody',
        workflowId: 'airports/whole',
        args: [before.order],
      });
      await handle.terminate('by hand');
      expect((await cli.weir('run airports')).code).toBe(0);
      expect((await runs()).at(-1)).toMatchObject({
        state: 'orphaned',
        error: expect.stringContaining('took over') as string,
      });
    } finally {
      await connection.close();
    }
  });
});
