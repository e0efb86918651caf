import { Busy, RunLost, StatementRefused, Unavailable } from '../../model/run/errors';
import { ATTRIBUTES } from '../../workflows/shared/searchAttributes';
import { failureOf } from './failureOf';
import { MemoryLedger, closedGate, soon, untilCancelled } from './memoryLedger';
import { runRequest } from './requests';
import { CACHES, TestWorkers, until } from './testWorkers';

const ORDER = runRequest('2001-01-05');

describe.each(CACHES)('the workflow of a window, %s', (_, options) => {
  let serving: TestWorkers;
  let runs = 0;
  beforeAll(async () => (serving = await TestWorkers.start(options)));
  afterAll(() => serving.stop());
  beforeEach(() => {
    serving.ledger = new MemoryLedger();
  });
  const start = (order = ORDER) => serving.start('runWindow', `flights/2001-01-05-${runs++}`, order);

  test('publishes: one numbered step after the other, on the queue of its kind', async () => {
    const handle = await start();
    expect(await handle.result()).toMatchObject({ window: '2001-01-05', state: 'published', written: 7 });
    expect(serving.ledger.calls.map(({ name, step, queue }) => [name, step, queue])).toEqual([
      ['claim', undefined, 'weir-fresh'],
      ['ingest', 1, 'weir-fresh'],
      ['refresh', 2, 'weir-fresh'],
      ['refresh', 3, 'weir-fresh'],
      ['publish', 4, 'weir-fresh'],
    ]);
    expect((await handle.describe()).typedSearchAttributes.get(ATTRIBUTES.outcome)).toBe('published');
  });

  test('of a rerun works on the queue of backfills, so that it cannot starve live work', async () => {
    await (await start(runRequest('2001-01-05', 'rerun'))).result();
    expect(new Set(serving.ledger.calls.map(({ queue }) => queue))).toEqual(new Set(['weir-backfill']));
  });

  test('held by its gate ends as failed, with the check and its count, no row; readers keep what they had', async () => {
    serving.ledger.on = { refresh: ({ table }) => (table === 'airport_daily' ? closedGate(table) : undefined) };
    const handle = await start();
    const failure = await failureOf(handle.result());
    expect(failure).toMatchObject({ type: 'GateClosed', nonRetryable: true, details: [closedGate('airport_daily')] });
    expect(failure.message).toBe(
      [
        'flights 2001-01-05: gate closed on airport_daily',
        '  unique(flight_date, origin): 2 rows fail',
        '  Nothing was published; readers still see what this window had before.',
        '  Look:  weir show flights 2001-01-05        Again:  weir run flights 2001-01-05',
      ].join('\n'),
    );
    expect(serving.ledger.said('hold', 'publish', 'close')).toEqual(['hold 2001-01-05']);
    expect((await handle.describe()).typedSearchAttributes.get(ATTRIBUTES.outcome)).toBe('held');
  });

  test('does not retry what retrying does not fix; closes the run with the reason', async () => {
    serving.ledger.on = {
      refresh: () => {
        throw new StatementRefused('PostgreSQL refused (42703): column f.orgin does not exist', '42703', {
          next: 'weir check',
        });
      },
    };
    const handle = await start();
    expect(await failureOf(handle.result())).toMatchObject({
      type: 'StatementRefused',
      nonRetryable: true,
      details: [{ sqlstate: '42703', next: 'weir check' }],
    });
    expect(serving.ledger.said('refresh', 'close')).toEqual([
      'refresh flights',
      'close 2001-01-05 failed: PostgreSQL refused (42703): column f.orgin does not exist',
    ]);
    expect((await handle.describe()).typedSearchAttributes.get(ATTRIBUTES.outcome)).toBe('failed');
  });

  test.each([
    ['of a class that says so', () => new Unavailable('PostgreSQL is not reachable')],
    ['that waits for somebody', () => new Busy('another run has the origin')],
    ['that nobody classified', () => new Error('the moon was in the way')],
  ])('retries an error %s, under the same step number', async (_, error) => {
    serving.ledger.on = {
      ingest: (_, attempt) => {
        if (attempt < 3) throw error();
      },
    };
    expect(await (await start()).result()).toMatchObject({ state: 'published' });
    const ingests = serving.ledger.calls.filter(({ name }) => name === 'ingest');
    expect(ingests.map(({ step, attempt }) => [step, attempt])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
  });

  test('begins again from its claim, once, where the ledger has lost steps of it', async () => {
    let lost = 0;
    serving.ledger.on = {
      refresh: ({ table }) => {
        if (table === 'airport_daily' && lost++ === 0) throw new RunLost('a step is not recorded');
        return undefined;
      },
    };
    await (await start(runRequest('2001-01-05'))).result();
    expect(serving.ledger.said()).toEqual([
      ...['claim 2001-01-05', 'ingest 2001-01-05', 'refresh flights', 'refresh airport_daily'],
      ...['claim 2001-01-05', 'ingest 2001-01-05', 'refresh flights', 'refresh airport_daily', 'publish 2001-01-05'],
    ]);
    expect(serving.ledger.calls.map(({ step }) => step)).toEqual([undefined, 1, 2, 3, undefined, 1, 2, 3, 4]);
  });

  test('fails where it is lost a second time', async () => {
    serving.ledger.on = {
      publish: () => {
        throw new RunLost('the steps are not recorded');
      },
    };
    const { type } = await failureOf((await start(runRequest('2001-01-05'))).result());
    expect(type).toBe('RunLost');
    expect(serving.ledger.said('claim', 'publish', 'close')).toHaveLength(5);
  });

  test('cancelled: the step under way rolls back first, then the run is closed', async () => {
    const order: string[] = [];
    serving.ledger.on = {
      refresh: () => untilCancelled(() => order.push('rolled back')),
      close: ({ state }) => void order.push(state),
    };
    const handle = await start();
    await until(() => serving.ledger.said('refresh').length > 0);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(order).toEqual(['rolled back', 'cancelled']);
    expect(serving.ledger.said('close', 'publish')).toEqual(['close 2001-01-05 cancelled: cancelled']);
    expect((await handle.describe()).typedSearchAttributes.get(ATTRIBUTES.outcome)).toBe('cancelled');
  });

  test('cancelled when the claim was committed but its answer lost: closes the claim nevertheless', async () => {
    serving.ledger.on = {
      claim: (_, attempt) => {
        if (attempt === 1 && serving.ledger.said('claim').length === 1) throw new Unavailable('the connection broke');
      },
    };
    const handle = await start();
    const failedOnce = async (): Promise<boolean> =>
      Boolean((await handle.describe()).raw.pendingActivities?.[0]?.lastFailure);
    while (!(await failedOnce())) await soon();
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(serving.ledger.said().at(-1)).toBe('close 2001-01-05 cancelled: cancelled');
  });
});
