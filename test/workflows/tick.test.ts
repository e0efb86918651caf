import { createActivities } from '../../activities';
import { timingOf } from '../../model/compile/due';
import type { Pipeline } from '../../model/definition/pipeline';
import { OriginsMoved, StatementRefused } from '../../model/run/errors';
import { instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { parseWindow, windowName } from '../../model/time/window';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';
import { failureOf } from './failureOf';
import { MemoryLedger, soon } from './memoryLedger';
import { runRequest, plan } from './requests';
import { CACHES, TestWorkers, until } from './testWorkers';

/** When the schedule of `pipeline` fires on a day in UTC. */
const ticksOn = (pipeline: Pipeline, day: string): string[] => {
  const timing = timingOf(pipeline)!;
  if (!('utc' in timing)) throw new Error('no times of day');
  return timing.utc
    .flatMap(({ hours, minutes }) => hours.flatMap((hour) => minutes.map((minute) => [hour, minute] as const)))
    .map(([hour, minute]) => instant(Date.parse(`${day}T00:00:00Z`) + hour * 3_600_000 + minute * 60_000))
    .sort();
};

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

  // Two o'clock is skipped on the 31st of March, and comes twice on the 27th of October.
  test.each([
    [
      '2024-03-29',
      ['2024-03-30', '2024-03-31', '2024-04-01'],
      {
        '2024-03-30T01:00:00Z': '2024-03-29',
        '2024-03-31T01:00:00Z': '2024-03-30',
        '2024-04-01T00:00:00Z': '2024-03-31',
      },
    ],
    [
      '2024-10-26',
      ['2024-10-27', '2024-10-28'],
      { '2024-10-27T00:00:00Z': '2024-10-26', '2024-10-28T01:00:00Z': '2024-10-27' },
    ],
  ])('where clocks change, from %s on, runs each local day on the day after it, once', async (from, days, expected) => {
    const { pipeline, files } = sensors({
      zone: 'Europe/Berlin',
      more: { window: '1d@Europe/Berlin', from, schedule: { after: '2h' } },
    });
    files.write('a.csv', readingsCsv(`${from}T12:00Z north 1 1`));
    const db = await testDatabase([pipeline]);
    try {
      serving.real = createActivities({ database: db.database, register: [pipeline] });
      const ran: Record<string, string> = {};
      for (const nominal of days.flatMap((day) => ticksOn(pipeline, day))) {
        const input = { pipeline: pipeline.name, nominal };
        const due = (await (await serving.start('tick', `sensors/tick-${ticks++}`, input)).result()) as Window[];
        if (due.length > 0) ran[nominal] = due.map(windowName).join(' ');
      }
      expect(ran).toEqual(expected);
    } finally {
      serving.real = null;
      await db.close();
    }
  });

  test('started by nobody who says for when, is refused', async () => {
    expect(await failureOf((await start({})).result())).toMatchObject({ type: 'Misused', nonRetryable: true });
  });
});
