import type { WorkflowHandle } from '@temporalio/client';
import type { BackfillRequest } from '../../model/run/backfill';
import { StatementRefused } from '../../model/run/errors';
import { workflowIds } from '../../model/run/temporalNames';
import { pause, progress, resume, setWidth } from '../../workflows/shared/backfillHandlers';
import type { BackfillInput } from '../../workflows/shared/backfillState';
import { MemoryLedger, soon, untilCancelled } from './memoryLedger';
import { backfillRequest, runRequest } from './requests';
import { CACHES, TestWorkers, until } from './testWorkers';

describe.each(CACHES)('steering a backfill, %s', (_, options) => {
  let serving: TestWorkers;
  let runs = 0;
  let open: Set<string>;
  beforeAll(async () => (serving = await TestWorkers.start(options)));
  afterAll(() => serving.stop());
  beforeEach(() => {
    serving.ledger = new MemoryLedger();
    open = new Set();
  });
  const start = (order: BackfillRequest, more: Partial<BackfillInput> = {}): Promise<WorkflowHandle> =>
    serving.start('backfill', `flights/backfill/steered-${runs++}`, { order, ...more });

  /** Windows stay in their refresh until `open` has their day. */
  const waitForDoor = async ({ claim }: { claim: { order: { window: { start: string } } } }): Promise<void> => {
    while (!open.has(claim.order.window.start.slice(0, 10)) && !open.has('all')) await soon();
  };
  const begun = (): number => serving.ledger.said('claim').length;

  test('paused it begins no window while those that run end; resumed it goes on; the width can change meanwhile', async () => {
    serving.ledger.on = { refresh: waitForDoor };
    const handle = await start(backfillRequest('2001-01-01..2001-01-09'), { pageSize: 4 });
    await until(() => begun() === 2);
    await handle.executeUpdate(pause);
    open.add('2001-01-01').add('2001-01-02');
    await until(() => serving.ledger.said('publish').length === 2);
    await handle.executeUpdate(setWidth, { args: [3] });
    expect(await handle.query(progress)).toMatchObject({ windows: 8, paused: true, width: 3, failed: 0 });
    expect(begun()).toBe(2);
    await handle.executeUpdate(resume);
    // The first page has two windows left; the width of three shows in the second, so it was carried on.
    await until(() => begun() === 4);
    open.add('2001-01-03').add('2001-01-04');
    await until(() => begun() === 7);
    expect(await handle.query(progress)).toMatchObject({ done: 4, running: 3, width: 3, paused: false });
    open.add('all');
    expect(await handle.result()).toMatchObject({ done: 8, failed: 0 });
  });

  test.each([0, 65, 1.5])('refuses a width of %s', async (width) => {
    serving.ledger.on = { refresh: waitForDoor };
    const handle = await start(backfillRequest('2001-01-01..2001-01-03'));
    await expect(handle.executeUpdate(setWidth, { args: [width] })).rejects.toMatchObject({
      cause: { message: `width is a whole number from 1 to 64 windows at once, not ${width}` },
    });
    open.add('all');
    expect(await handle.result()).toMatchObject({ done: 2 });
  });

  test('cancelled: begins no more, lets running windows roll back, then closes itself in the ledger', async () => {
    const ends: string[] = [];
    serving.ledger.on = {
      refresh: () => untilCancelled(() => ends.push('rolled back')),
      close: ({ state }) => void ends.push(`window ${state}`),
      finishBackfill: ({ state }) => void ends.push(`backfill ${state}`),
    };
    const handle = await start(backfillRequest('2001-01-01..2001-01-09'));
    await until(() => serving.ledger.said('refresh').length === 2);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(ends.sort()).toEqual([
      'backfill cancelled',
      'rolled back',
      'rolled back',
      'window cancelled',
      'window cancelled',
    ]);
    expect(serving.ledger.said('finishBackfill', 'close').at(-1)).toBe('finishBackfill cancelled');
    expect(begun()).toBe(2);
    expect(serving.ledger.backfills).toMatchObject([{ state: 'cancelled', done: 0, failed: 0 }]);
  });

  test('cancelled while paused it ends too', async () => {
    serving.ledger.on = { refresh: waitForDoor };
    const handle = await start(backfillRequest('2001-01-01..2001-01-09', { width: 1 }));
    await until(() => begun() === 1);
    await handle.executeUpdate(pause);
    open.add('all');
    while ((await handle.query(progress)).running > 0) await soon();
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(serving.ledger.backfills).toMatchObject([{ state: 'cancelled', done: 1, failed: 0 }]);
  });

  test('a window that a person cancels alone counts as failed, and the others go on', async () => {
    let working = false;
    serving.ledger.on = {
      refresh: ({ claim }) => {
        if (!claim.order.window.start.startsWith('2001-01-01')) return undefined;
        working = true;
        return untilCancelled(() => undefined);
      },
    };
    const handle = await start(backfillRequest('2001-01-01..2001-01-04'));
    await until(() => working);
    await serving.client.workflow.getHandle('flights/2001-01-01').cancel();
    await expect(handle.result()).rejects.toMatchObject({
      cause: { details: [{ done: 2, failed: 1, failures: [{ window: '2001-01-01', error: 'cancelled' }] }] },
    });
  });

  describe('where another run has the window', () => {
    const runAlone = async (): Promise<WorkflowHandle> => {
      const id = workflowIds.window('flights', '2001-01-02');
      const alone = await serving.start('runWindow', id, runRequest('2001-01-02'));
      await until(() => serving.ledger.said('refresh').length === 1);
      return alone;
    };

    test('waits for it, and does not run the window again when that one published', async () => {
      serving.ledger.on = { refresh: waitForDoor };
      const alone = await runAlone();
      open.add('2001-01-01').add('2001-01-03');
      const handle = await start(backfillRequest('2001-01-01..2001-01-04'));
      await until(() => serving.ledger.said('owedWindow').length === 1);
      open.add('2001-01-02');
      expect(await handle.result()).toMatchObject({ done: 3, failed: 0 });
      expect(await alone.result()).toMatchObject({ state: 'published' });
      expect(serving.ledger.said('publish').sort()).toEqual([
        'publish 2001-01-01',
        'publish 2001-01-02',
        'publish 2001-01-03',
      ]);
    });

    test('runs it once more when that one failed', async () => {
      let tries = 0;
      serving.ledger.on = {
        refresh: async (call) => {
          await waitForDoor(call);
          if (call.claim.order.kind === 'run' && tries++ === 0) throw new StatementRefused('division by zero', '22012');
        },
      };
      const alone = await runAlone();
      open.add('2001-01-01').add('2001-01-03');
      const handle = await start(backfillRequest('2001-01-01..2001-01-04'));
      await until(() => serving.ledger.said('owedWindow').length === 1);
      open.add('2001-01-02');
      expect(await handle.result()).toMatchObject({ done: 3, failed: 0 });
      await expect(alone.result()).rejects.toThrow();
      expect(serving.ledger.said('publish').filter((said) => said.endsWith('02'))).toEqual(['publish 2001-01-02']);
      expect(serving.ledger.said('close')).toHaveLength(1);
    });
  });
});
