import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { QUEUES, workflowIds } from '../../model/run/temporalNames';
import { workflowBundle } from '../../workers/bundle';
import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { ATTRIBUTES, backfillAttributes } from '../../workflows/shared/searchAttributes';
import { MemoryLedger, soon, untilCancelled } from '../workflows/memoryLedger';
import { backfillRequest, runRequest, plan } from '../workflows/requests';
import { TestWorkers, until } from '../workflows/testWorkers';

describe('the bundle of the workflows', () => {
  test('is made once and found again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weir-bundle-'));
    try {
      const { codePath } = await workflowBundle(folder);
      const made = await stat(codePath);
      expect(await workflowBundle(folder)).toEqual({ codePath });
      expect((await stat(codePath)).mtimeMs).toBe(made.mtimeMs);
      expect(await readdir(folder)).toHaveLength(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a worker', () => {
  let server: TestWorkers;
  beforeAll(async () => (server = await TestWorkers.startServerOnly()));
  afterAll(() => server.stop());
  const start = (ledger: MemoryLedger, env = {}) =>
    startWorker({
      connection: { address: server.env.address },
      namespace: 'default',
      activities: ledger.activities,
      config: loadConfig({ WEIR_HOME: '.weir/test', ...env }),
    });

  test('makes the namespace know what runs are searched by', async () => {
    const namespace = 'default';
    const { operatorService } = server.env.connection;
    await operatorService.removeSearchAttributes({ namespace, searchAttributes: ['Outcome'] });
    await (await start(new MemoryLedger())).shutdown();
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(['Pipeline', 'WindowStart', 'RunKind', 'Outcome']),
    );
  });

  test('serves workflows and both kinds of steps, and ends when it is asked to', async () => {
    const ledger = new MemoryLedger();
    const worker = await start(ledger);
    for (const kind of ['run', 'backfill'] as const) {
      const handle = await server.start('runWindow', `flights/2001-01-05-${kind}`, runRequest('2001-01-05', kind));
      expect(await handle.result()).toMatchObject({ state: 'published' });
    }
    expect(new Set(ledger.calls.map(({ queue }) => queue))).toEqual(new Set([QUEUES.fresh, QUEUES.backfill]));
    await worker.shutdown();
    await expect(worker.run).resolves.toBeUndefined();
  });

  test('runs a backfill in parts that stays searchable, as do its windows', async () => {
    const worker = await start(new MemoryLedger());
    const order = backfillRequest('2001-02-01..2001-02-04');
    const handle = await server.client.workflow.start('backfill', {
      taskQueue: QUEUES.workflows,
      workflowId: workflowIds.backfill('flights', '2001-02-01..2001-02-04'),
      args: [{ order, pageSize: 2 }],
      typedSearchAttributes: backfillAttributes(order),
    });
    expect(await handle.result()).toMatchObject({ done: 3 });
    const { typedSearchAttributes: found } = await handle.describe();
    expect([found.get(ATTRIBUTES.pipeline), found.get(ATTRIBUTES.runKind), found.get(ATTRIBUTES.outcome)]).toEqual([
      'flights',
      'backfill',
      'published',
    ]);
    expect(found.get(ATTRIBUTES.windowStart)).toEqual(new Date('2001-02-01T00:00:00Z'));
    const child = await server.client.workflow.getHandle('flights/2001-02-03').describe();
    expect(child.typedSearchAttributes.get(ATTRIBUTES.windowStart)).toEqual(new Date('2001-02-03T00:00:00Z'));
    expect(child.typedSearchAttributes.get(ATTRIBUTES.outcome)).toBe('published');
    await worker.shutdown();
  });

  test('publishes a scheduled window while a backfill has taken every slot that it may have', async () => {
    const ledger = new MemoryLedger();
    let release = false;
    ledger.on.ingest = async ({ claim }) => {
      while (claim.order.kind === 'backfill' && !release) await soon();
    };
    const worker = await start(ledger, { WEIR_BACKFILL_SLOTS: '2' });
    const order = backfillRequest('2001-03-01..2001-03-09', { width: 8, plan: { ...plan, shared: false } });
    const backfill = await server.start('backfill', 'flights/backfill/2001-03', { order });
    await until(() => ledger.said('ingest').length === 2);
    const live = await server.start('runWindow', 'flights/2001-03-20', runRequest('2001-03-20', 'schedule'));
    expect(await live.result()).toMatchObject({ state: 'published' });
    expect(ledger.said('publish')).toEqual(['publish 2001-03-20']);
    release = true;
    expect(await backfill.result()).toMatchObject({ done: 8 });
    await worker.shutdown();
  });

  test('asked to end while a step runs longer than the grace: rolls it back, and another worker finishes the run', async () => {
    const first = new MemoryLedger();
    const ends: string[] = [];
    first.on.ingest = () => untilCancelled(() => ends.push('rolled back'));
    const worker = await start(first, { WEIR_SHUTDOWN_GRACE: '1s' });
    const handle = await server.start('runWindow', 'flights/2001-01-06', runRequest('2001-01-06'));
    await until(() => first.said('ingest').length > 0);
    await worker.shutdown();
    expect(ends).toEqual(['rolled back']);

    const second = new MemoryLedger();
    const successor = await start(second);
    expect(await handle.result()).toMatchObject({ state: 'published' });
    expect(second.calls[0]).toMatchObject({ name: 'ingest', step: 1, attempt: 2 });
    await successor.shutdown();
  });
});
