import type { WorkflowHandle } from '@temporalio/client';
import type { ApplicationFailure, Payload } from '@temporalio/common';
import { ActivityFailure, TimeoutFailure, defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import { SourceMissing, StatementRefused } from '../../model/run/errors';
import { toldFailure } from '../../workflows/shared/failures';
import { failureOf } from './failureOf';
import { MemoryLedger, closedGate, openGate } from './memoryLedger';
import { backfillRequest, runRequest } from './requests';
import { TestWorkers } from './testWorkers';

type Event = NonNullable<History['events']>[number];
type Failure = NonNullable<NonNullable<Event['workflowExecutionFailedEventAttributes']>['failure']>;

const FACTS = { owners: ['ops@example.test'], source: 'parquet files data/flights.parquet' };
const missing = () => {
  throw new SourceMissing('landing/2001-01-05.csv is not there', {
    next: `put it at ${process.cwd()}/landing/2001-01-05.csv`,
    stillTrue: 'nothing of it was landed',
    cause: new Error(`ENOENT: open '${process.cwd()}/landing/2001-01-05.csv'`),
  });
};

// On the dev server: the time-skipping one keeps no metadata of child runs.
describe("what Temporal's Web UI shows", () => {
  let serving: TestWorkers;
  let runs = 0;
  beforeAll(async () => (serving = await TestWorkers.start({}, 'dev')));
  afterAll(() => serving.stop());
  beforeEach(() => {
    serving.ledger = new MemoryLedger();
  });
  const run = () => serving.start('runWindow', `flights/2001-01-05-${runs++}`, runRequest('2001-01-05'));
  const backfill = (range: string) =>
    serving.start('backfill', `flights/backfill/${runs++}`, { order: backfillRequest(range), facts: FACTS });

  test('a published window: a line of words a layer, then the command that shows more', async () => {
    const handle = await run();
    await handle.result();
    expect(await details(handle)).toBe(
      [
        '**flights 2001-01-05, run 1**',
        '',
        '- raw: 1,200 records of one delivery, 3 dead letters',
        '- flights: 1,100 rows, 2 checks hold',
        '- airport_daily: 1,100 rows, 2 checks hold',
        '- publish: done, 1,100 rows, 7 written',
        '',
        '```',
        'weir show flights 2001-01-05',
        '```',
      ].join('\n'),
    );
  });

  test('one check holds, one warns, none was asked; nothing was new', async () => {
    const warned = { check: 'row_count(min 10000)', severity: 'warn', rows: 1, sample: [] } as const;
    serving.ledger.on = {
      ingest: () => ({ deliveries: 0, landedRecords: 0, rows: 0, deadLetters: 0 }),
      refresh: ({ table }) =>
        table === 'flights' ? { ...openGate(table), failed: [warned] } : { ...openGate(table), rows: 1, checks: 0 },
    };
    const handle = await run();
    await handle.result();
    expect((await details(handle)).split('\n').slice(2, 5)).toEqual([
      '- raw: nothing new to land',
      '- flights: 1,100 rows, 1 check holds, `row_count(min 10000)` warns',
      '- airport_daily: 1 row, no checks',
    ]);
  });

  test('a held window says which check closed its gate, and what readers see; its run ends as GateClosed, without a stack', async () => {
    serving.ledger.on = { refresh: ({ table }) => (table === 'airport_daily' ? closedGate(table) : undefined) };
    const handle = await run();
    await failureOf(handle.result());
    expect((await details(handle)).split('\n').slice(4, 6)).toEqual([
      '- airport_daily: 1,100 rows, gate closed by `unique(flight_date, origin)`',
      '- publish: held; readers keep what this window had before',
    ]);
    const failure = await endOf(handle);
    expect([failure.applicationFailureInfo?.type, failure.stackTrace, failure.cause]).toEqual(['GateClosed', '', null]);
  });

  test('a failed run ends with our words alone: what, still true, next; no stack, and no folder of this machine anywhere', async () => {
    serving.ledger.on = { ingest: missing };
    const handle = await run();
    await failureOf(handle.result());
    const failure = await endOf(handle);
    expect(failure.message).toBe(
      [
        'landing/2001-01-05.csv is not there',
        '  Still true: nothing of it was landed',
        '  Next: put it at landing/2001-01-05.csv',
      ].join('\n'),
    );
    expect([failure.applicationFailureInfo?.type, failure.stackTrace, failure.cause]).toEqual([
      'SourceMissing',
      '',
      null,
    ]);
    const { events } = await handle.fetchHistory();
    const written = JSON.stringify(events, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(written).not.toContain(process.cwd());
    expect((await details(handle)).split('\n').slice(2, 8)).toEqual([
      '- raw: failed',
      '- flights: not begun',
      '- airport_daily: not begun',
      '- publish: not begun',
      '- `landing/2001-01-05.csv is not there`',
      '',
    ]);
  });

  test('a failure that says nothing of it still has what is true, and what next', async () => {
    serving.ledger.on = {
      publish: () => {
        throw new StatementRefused('division by zero', '22012');
      },
    };
    const handle = await run();
    await failureOf(handle.result());
    expect((await endOf(handle)).message).toBe(
      [
        'division by zero',
        '  Still true: readers see whole windows, and of this one what they had before unless it was published',
        '  Next: weir show flights 2001-01-05, then: weir run flights 2001-01-05',
      ].join('\n'),
    );
  });

  test('a backfill: how many, how many of them failed and why; each of its runs says what it is part of, whose it is, and whence', async () => {
    serving.ledger.on = {
      ingest: (call) => (call.claim.order.window.start === '2001-02-02T00:00:00Z' ? missing() : undefined),
    };
    const handle = await backfill('2001-02-01..2001-02-05');
    await failureOf(handle.result());
    expect(await details(handle)).toBe(
      [
        '**flights 2001-02-01..2001-02-05**',
        '',
        '- 4 windows: 3 done, 1 failed or held, 0 running',
        '- 2 at once',
        '- 2001-02-02: `landing/2001-01-05.csv is not there`',
        '',
        '```',
        'weir windows flights 2001-02-01..2001-02-05 --failed',
        '```',
      ].join('\n'),
    );
    const begun = await metadata(handle, 'startChildWorkflowExecutionInitiatedEventAttributes');
    expect(begun.map(({ summary }) => summary).sort()).toEqual(
      ['01', '02', '03', '04'].map((day) => `2001-02-${day}, backfill of 4 windows`),
    );
    expect(begun[0]!.details).toBe(
      [
        '- owner: ops@example.test',
        '- source: `parquet files data/flights.parquet`',
        '',
        '```',
        'weir show flights 2001-02-01',
        '```',
      ].join('\n'),
    );
    for (const { name, summary } of await metadata(handle, 'activityTaskScheduledEventAttributes')) {
      expect([name, summary]).not.toEqual([name, '']);
      expect(summary).not.toContain(name);
    }
  });
});

test('a step that nobody finished in time: which, and what to do; a mistake of the workflow itself is no failure of the run', () => {
  const inner = new TimeoutFailure('activity StartToClose timeout', undefined, 'START_TO_CLOSE');
  const timedOut = new ActivityFailure('Activity task timed out', 'claim', '1', 'TIMEOUT', undefined, inner);
  const told = toldFailure(timedOut, { next: 'weir doctor' }) as ApplicationFailure;
  expect([told.type, told.message, told.stack]).toEqual([
    'TimedOut',
    'claim: activity StartToClose timeout\n  Next: weir doctor',
    '',
  ]);
  const mistake = new TypeError('x is not a function');
  expect(toldFailure(mistake, {})).toBe(mistake);
});

async function details(handle: WorkflowHandle): Promise<string> {
  const { currentDetails } = await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
  return currentDetails;
}

/** The failure that ended the workflow, as its history has it. */
async function endOf(handle: WorkflowHandle): Promise<Failure> {
  const { events } = await handle.fetchHistory();
  return events!.at(-1)!.workflowExecutionFailedEventAttributes!.failure!;
}

async function metadata(
  handle: WorkflowHandle,
  kind: 'activityTaskScheduledEventAttributes' | 'startChildWorkflowExecutionInitiatedEventAttributes',
): Promise<{ name: string; summary: string; details: string }[]> {
  const { events } = await handle.fetchHistory();
  const text = (payload: Payload | null | undefined): string =>
    payload ? defaultPayloadConverter.fromPayload(payload) : '';
  const nameOf = (event: Event): string => event.activityTaskScheduledEventAttributes?.activityType?.name ?? '';
  return events!
    .filter((event) => event[kind])
    .map((event) => ({
      name: nameOf(event),
      summary: text(event.userMetadata?.summary),
      details: text(event.userMetadata?.details),
    }));
}
