import { OriginsMoved, StatementRefused } from '../../model/run/errors';
import { parseWindow } from '../../model/time/window';
import { failureOf } from './failureOf';
import { MemoryLedger, soon } from './memoryLedger';
import { runRequest, plan } from './requests';
import { CACHES, TestWorkers, until } from './testWorkers';

const NOMINAL = '2001-01-06T00:15:00Z';
const windows = (...names: string[]) => names.map((name) => parseWindow('1d', name));

describe.each(CACHES)('the workflow of a tick, %s', (_, options) => {
  let serving: TestWorkers;
  let ticks = 0;
  beforeAll(async () => (serving = await TestWorkers.start(options)));
  afterAll(() => serving.stop());
  beforeEach(() => (serving.ledger = new MemoryLedger()));
  const start = (input: object = { nominal: NOMINAL }) =>
    serving.start('tick', `flights/tick-${ticks++}`, { pipeline: 'flights', ...input });

  test('runs what is due at its nominal time, as live work, each as a child under its canonical id', async () => {
    serving.ledger.on = {
      dueWindows: () => ({ plan, epoch: 0, windows: windows('2001-01-04', '2001-01-05') }),
    };
    expect(await (await start()).result()).toEqual(windows('2001-01-04', '2001-01-05'));
    expect(serving.ledger.said('dueWindows', 'publish')).toEqual([
      `dueWindows ${NOMINAL}`,
      'publish 2001-01-04',
      'publish 2001-01-05',
    ]);
    expect(new Set(serving.ledger.calls.map(({ queue }) => queue))).toEqual(new Set(['weir-fresh']));
    const child = await serving.client.workflow.getHandle('flights/2001-01-05').describe();
    expect(child.status.name).toBe('COMPLETED');
  });

  test('with nothing due does nothing', async () => {
    serving.ledger.on = { dueWindows: () => ({ plan, epoch: 0, windows: [] }) };
    expect(await (await start()).result()).toEqual([]);
    expect(serving.ledger.calls).toHaveLength(1);
  });

  test('fails when a window did, after the others had their turn', async () => {
    serving.ledger.on = {
      dueWindows: () => ({ plan, epoch: 0, windows: windows('2001-01-04', '2001-01-05') }),
      refresh: ({ claim }) => {
        if (claim.order.window.start.startsWith('2001-01-04')) throw new StatementRefused('division by zero', '22012');
      },
    };
    const failure = await failureOf((await start()).result());
    expect(failure.message).toBe(
      [
        'flights: 1 of 2 windows that were due failed',
        '  2001-01-04: division by zero',
        '  Still true: of the failed ones readers see what they had before',
        '  Next: weir windows flights --failed',
      ].join('\n'),
    );
    expect(serving.ledger.said('publish')).toEqual(['publish 2001-01-05']);
  });

  test('finds a window that another runs: waits for it, and does not run it twice', async () => {
    let release = false;
    serving.ledger.on = {
      dueWindows: () => ({ plan, epoch: 0, windows: windows('2001-01-07') }),
      ingest: async () => {
        while (!release) await soon();
      },
    };
    const other = await serving.start('runWindow', 'flights/2001-01-07', runRequest('2001-01-07', 'backfill'));
    await until(() => serving.ledger.said('ingest').length === 1);
    const tick = await start();
    await until(() => serving.ledger.said('owedWindow').length > 0);
    release = true;
    await tick.result();
    await other.result();
    expect(serving.ledger.said('publish')).toEqual(['publish 2001-01-07']);
  });

  test('of origins that moved lands nothing and ends with OriginsMoved', async () => {
    serving.ledger.on = {
      dueWindows: () => {
        throw new OriginsMoved('its source does not name inbox/1.csv any more');
      },
    };
    expect(await failureOf((await start()).result())).toMatchObject({ type: 'OriginsMoved' });
    expect(serving.ledger.said('ingest', 'publish')).toEqual([]);
  });

  test('started by nobody who says for when, is refused', async () => {
    expect(await failureOf((await start({})).result())).toMatchObject({ type: 'Misused', nonRetryable: true });
  });
});
