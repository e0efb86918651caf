import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { MemoryLedger, soon } from '../workflows/memoryLedger';
import { runRequest } from '../workflows/requests';
import { TestWorkers, until } from '../workflows/testWorkers';

describe('workers that name their build', () => {
  let server: TestWorkers;
  beforeAll(async () => (server = await TestWorkers.startServerOnly()));
  afterAll(() => server.stop());

  const start = (ledger: MemoryLedger, buildId: string) =>
    startWorker({
      connection: { address: server.env.address },
      namespace: 'default',
      activities: ledger.activities,
      config: loadConfig({ WEIR_HOME: '.weir/test', WEIR_BUILD_ID: buildId }),
    });

  /** What `temporal worker deployment set-current-version` does, once the server has heard of the build. */
  const makeCurrent = async (buildId: string): Promise<void> => {
    const { workflowService } = server.client.connection;
    const asked = (): Promise<boolean> =>
      workflowService
        .setWorkerDeploymentCurrentVersion({ namespace: 'default', deploymentName: 'weir', buildId })
        .then(() => true)
        .catch(() => false);
    while (!(await asked())) await soon();
  };

  test('keep the runs that they began, every step of them, and leave new ones to the current build', async () => {
    const [old, fresh] = [new MemoryLedger(), new MemoryLedger()];
    let release = false;
    old.on.ingest = async () => {
      while (!release) await soon();
    };
    const former = await start(old, 'one');
    await makeCurrent('one');
    const before = await server.start('runWindow', 'flights/2001-01-05', runRequest('2001-01-05'));
    await until(() => old.said('ingest').length === 1);

    const successor = await start(fresh, 'two');
    await makeCurrent('two');
    const after = await server.start('runWindow', 'flights/2001-01-06', runRequest('2001-01-06'));
    expect(await after.result()).toMatchObject({ state: 'published' });
    release = true;
    expect(await before.result()).toMatchObject({ state: 'published' });

    expect(old.said('publish')).toEqual(['publish 2001-01-05']);
    expect(fresh.said('publish')).toEqual(['publish 2001-01-06']);
    await Promise.all([former.shutdown(), successor.shutdown()]);
  });
});
