import type { WorkflowHandle } from '@temporalio/client';
import type { BackfillRequest } from '../../model/run/backfill';
import { SourceMissing, StatementRefused } from '../../model/run/errors';
import type { BackfillInput } from '../../workflows/shared/backfillState';
import { failureOf } from './failureOf';
import { MemoryLedger, closedGate, soon } from './memoryLedger';
import { backfillRequest, plan } from './requests';
import { CACHES, TestWorkers } from './testWorkers';

const WEEK = '2001-01-01..2001-01-08';
const days = (...numbers: number[]): string[] =>
  numbers.map((day) => `publish 2001-01-${String(day).padStart(2, '0')}`);
const refused = (): never => {
  throw new StatementRefused('division by zero', '22012');
};

describe.each(CACHES)('the workflow of a backfill, %s', (_, options) => {
  let serving: TestWorkers;
  let runs = 0;
  beforeAll(async () => (serving = await TestWorkers.start(options)));
  afterAll(() => serving.stop());
  beforeEach(() => {
    serving.ledger = new MemoryLedger();
  });
  const start = (order: BackfillRequest, more: Partial<BackfillInput> = {}): Promise<WorkflowHandle> =>
    serving.start('backfill', `flights/backfill/${runs++}`, { order, ...more });

  test('ingests what the range shares once, then runs each window, oldest first, and says how it went', async () => {
    const handle = await start(backfillRequest(WEEK, { width: 1 }));
    expect(await handle.result()).toMatchObject({ windows: 7, done: 7, failed: 0, failures: [] });
    expect(serving.ledger.said().slice(0, 4)).toEqual([
      'openBackfill 2001-01-01..2001-01-08',
      'ingest 2001-01-01',
      'pageBackfill the beginning',
      'claim 2001-01-01',
    ]);
    expect(serving.ledger.said('publish')).toEqual(days(1, 2, 3, 4, 5, 6, 7));
    expect(serving.ledger.backfills).toMatchObject([{ state: 'published', done: 7, failed: 0 }]);
    expect(new Set(serving.ledger.calls.map(({ queue }) => queue))).toEqual(new Set(['weir-backfill']));
  });

  test('runs once more what its own deliveries touched, and tells what is stale at its end', async () => {
    serving.ledger.touched = ['2001-01-02', '2001-01-05'];
    const handle = await start(backfillRequest(WEEK, { width: 1 }));
    const stale = { windows: 0, again: 0, first: [] };
    expect(await handle.result()).toMatchObject({ windows: 7, done: 7, failed: 0, stale });
    expect(serving.ledger.said('publish')).toEqual(days(1, 2, 3, 4, 5, 6, 7, 2, 5));
  });

  test('runs it once more only: what is touched again meanwhile is told', async () => {
    serving.ledger.on = { staleWindows: () => ({ windows: 1, again: 1, first: ['2001-01-02'] }) };
    serving.ledger.touched = ['2001-01-02'];
    const handle = await start(backfillRequest(WEEK, { width: 1 }));
    expect(await handle.result()).toMatchObject({ done: 7, stale: { windows: 1, first: ['2001-01-02'] } });
    expect(serving.ledger.said('publish')).toEqual(days(1, 2, 3, 4, 5, 6, 7, 2));
  });

  test('ingests nothing beforehand where each window has its own deliveries', async () => {
    const order = backfillRequest('2001-01-01..2001-01-03', { plan: { ...plan, shared: false }, width: 1 });
    await (await start(order)).result();
    expect(serving.ledger.said('ingest', 'pageBackfill').slice(0, 2)).toEqual([
      'pageBackfill the beginning',
      'ingest 2001-01-01',
    ]);
  });

  test('begins with the newest where asked to', async () => {
    await (await start(backfillRequest(WEEK, { width: 1, newestFirst: true }), { pageSize: 3 })).result();
    expect(serving.ledger.said('publish')).toEqual(days(7, 6, 5, 4, 3, 2, 1));
  });

  test('goes on as a new execution after each page, carrying what was counted', async () => {
    const handle = await start(backfillRequest(WEEK), { pageSize: 3 });
    expect(await handle.result()).toMatchObject({ windows: 7, done: 7, failed: 0 });
    expect(serving.ledger.said('openBackfill', 'pageBackfill', 'finishBackfill')).toEqual([
      'openBackfill 2001-01-01..2001-01-08',
      'pageBackfill the beginning',
      'pageBackfill 2001-01-03T00:00:00Z',
      'pageBackfill 2001-01-06T00:00:00Z',
      'finishBackfill published',
    ]);
    expect(serving.ledger.said('publish').sort()).toEqual(days(1, 2, 3, 4, 5, 6, 7));
  });

  test('runs no more windows at once than its width, and as many', async () => {
    let now = 0;
    let most = 0;
    serving.ledger.on = {
      refresh: async () => {
        most = Math.max(most, ++now);
        // Nobody leaves before three are in; then a fourth has time to come, if one may.
        while (most < 3) await soon();
        await soon();
        now -= 1;
      },
    };
    await (await start(backfillRequest('2001-01-01..2001-01-13', { width: 3 }))).result();
    expect(most).toBe(3);
  });

  test('counts a window that fails or is held, runs the others, and ends as failed with the first failures', async () => {
    serving.ledger.on = {
      refresh: ({ claim, table }) => {
        if (claim.order.window.start === '2001-01-02T00:00:00Z') refused();
        return claim.order.window.start === '2001-01-05T00:00:00Z' ? closedGate(table) : undefined;
      },
    };
    const failure = await failureOf((await start(backfillRequest(WEEK, { width: 1 }))).result());
    expect(failure).toMatchObject({
      type: 'BackfillFailed',
      details: [
        {
          done: 5,
          failed: 2,
          failures: [
            { window: '2001-01-02', error: 'division by zero' },
            { window: '2001-01-05', error: 'gate closed on flights: unique(flight_date, origin): 2 rows fail' },
          ],
        },
      ],
    });
    expect(failure.message).toBe(
      [
        'flights 2001-01-01..2001-01-08: 2 of 7 windows failed',
        '  2001-01-02  division by zero',
        '  2001-01-05  gate closed on flights: unique(flight_date, origin): 2 rows fail',
        '  The other 5 are published; readers of the failed ones still see what was there.',
        '  Look:  weir windows flights 2001-01-01..2001-01-08 --failed        Again:  weir backfill flights 2001-01-01..2001-01-08',
      ].join('\n'),
    );
    expect(serving.ledger.said('publish')).toEqual(days(1, 3, 4, 6, 7));
    expect(serving.ledger.backfills).toMatchObject([
      { state: 'failed', done: 5, failed: 2, error: '2001-01-02: division by zero' },
    ]);
  });

  test('gives up when more than the allowed share fails, judged from the 20th window on', async () => {
    serving.ledger.on = {
      ingest: ({ claim }) => (claim.order.window.end === '2001-02-10T00:00:00Z' ? undefined : refused()),
    };
    const handle = await start(backfillRequest('2001-01-01..2001-02-10', { width: 2 }), { pageSize: 8 });
    const failure = await failureOf(handle.result());
    expect(failure.message).toContain('Stopped early: more than 50 % failed');
    const begun = serving.ledger.said('claim').length;
    expect(begun).toBeGreaterThanOrEqual(20);
    expect(begun).toBeLessThan(23);
    expect(serving.ledger.backfills).toMatchObject([{ state: 'failed', done: 0, failed: begun }]);
  });

  test('gives up by the share that was asked for', async () => {
    const bad = ['2001-01-02T00:00:00Z', '2001-01-05T00:00:00Z'];
    serving.ledger.on = {
      ingest: ({ claim }) => (bad.includes(claim.order.window.start) ? refused() : undefined),
    };
    const order = backfillRequest('2001-01-01..2001-02-10', { width: 2, maxFailedShare: 0.07 });
    const failure = await failureOf((await start(order, { pageSize: 8 })).result());
    expect(failure.message).toContain('Stopped early: more than 7 % failed');
    expect(serving.ledger.said('claim').length).toBeLessThan(23);
  });

  test('ends as failed when what the range shares cannot be ingested; no window is begun', async () => {
    serving.ledger.on = {
      ingest: () => {
        throw new SourceMissing('data/flights.parquet is not there');
      },
    };
    const failure = await failureOf((await start(backfillRequest(WEEK))).result());
    expect(failure.type).toBe('SourceMissing');
    expect(failure.message).toBe(
      [
        'data/flights.parquet is not there',
        '  Still true: windows that it published stay, of the others readers see what they had before',
        '  Next: weir status flights, then: weir backfill flights 2001-01-01..2001-01-08',
      ].join('\n'),
    );
    expect(serving.ledger.said('claim')).toEqual([]);
    expect(serving.ledger.backfills).toMatchObject([{ state: 'failed', error: 'data/flights.parquet is not there' }]);
  });

  test('refuses a width that is none, at the start, instead of trying for ever', async () => {
    const failure = await failureOf((await start(backfillRequest(WEEK, { width: 0 }))).result());
    expect(failure).toMatchObject({ type: 'Misused', nonRetryable: true });
    expect(serving.ledger.calls).toEqual([]);
  });
});
