import { Client, Connection } from '@temporalio/client';
import { createActivities } from '../../activities';
import { applySchedule, scheduleChanges } from '../../client/schedules';
import type { Pipeline } from '../../model/definition/pipeline';
import { parseWindow } from '../../model/time/window';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { readingsCsv, sensors } from '../setup/sensors';
import { CliFixture } from './cliFixture';

const BERLIN = '1d@Europe/Berlin';

describe('schedules', () => {
  let cli: CliFixture;
  let connection: Connection;
  let client: Client;
  beforeAll(async () => {
    cli = await CliFixture.open();
    connection = await Connection.connect({ address: cli.temporal.address });
    client = new Client({ connection });
  });
  afterAll(async () => {
    await connection.close();
    await cli.close();
  });

  const changes = async (...register: Pipeline[]): Promise<string[]> =>
    (await scheduleChanges(client, register)).map(({ change, id, says }) => `${change} ${id}: ${says}`);
  async function apply(...register: Pipeline[]): Promise<void> {
    for (const change of await scheduleChanges(client, register)) await applySchedule(client, change);
    await untilTold(register);
  }
  // What was written is listed a moment later.
  async function untilTold(register: readonly Pipeline[]): Promise<void> {
    while ((await scheduleChanges(client, register)).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }

  test('are made what the register says: created, changed, removed; paused ones stay paused, those of others stay', async () => {
    const daily = sensors({ name: 'daily' }).pipeline;
    const later: Pipeline = { ...daily, schedule: { after: '2h' } };
    const local = sensors({ name: 'local', more: { window: BERLIN, schedule: { after: '6h' } } }).pipeline;
    const over = sensors({ name: 'over', more: { until: '2024-06-01T00:00:00Z' } }).pipeline;
    await client.schedule.create({
      scheduleId: 'somebody-elses',
      spec: { intervals: [{ every: '1 day' }] },
      action: { type: 'startWorkflow', workflowType: 'theirs', taskQueue: 'theirs' },
    });
    expect(await changes(daily, local, over)).toEqual([
      'create daily/tick: every 1 d, 15 min after the window',
      'create local/tick: 6 h after the end of each 1d@Europe/Berlin',
    ]);
    await apply(daily, local, over);
    const made = await client.schedule.getHandle('local/tick').describe();
    expect(made.state.note).toMatch(
      /^local: 6 h after the end of each 1d@Europe\/Berlin\. Each tick runs the window .*Owner .*; source files in memory\. Made by weir apply/,
    );
    await client.schedule.getHandle('daily/tick').pause('holidays');

    expect(await changes(later, local)).toEqual(['change daily/tick: every 1 d, 2 h after the window']);
    await apply(later, local);
    const { state, spec } = await client.schedule.getHandle('daily/tick').describe();
    expect([state.paused, state.note, spec.intervals]).toEqual([
      true,
      'holidays',
      [{ every: 86_400_000, offset: 7_200_000 }],
    ]);

    const handedOver: Pipeline = { ...local, owners: ['night@example.test'] };
    expect(await changes(later, handedOver)).toEqual(['change local/tick: 6 h after the end of each 1d@Europe/Berlin']);
    await apply(later, handedOver);
    const { note } = (await client.schedule.getHandle('local/tick').describe()).state;
    expect(note).toContain('Owner night@example.test;');

    expect(await changes({ ...later, schedule: 'manual' })).toEqual([
      'remove daily/tick: it has no schedule any more',
      'remove local/tick: no pipeline of the register has this name',
    ]);
    await apply();
    const left: string[] = [];
    for await (const { scheduleId } of client.schedule.list()) left.push(scheduleId);
    expect(left).toEqual(['somebody-elses']);
  });

  test('after an outage every missed local day is run once, the ones of 23 and 25 hours too, by the name of its date', async () => {
    const { pipeline, files } = sensors({
      zone: 'Europe/Berlin',
      more: { window: BERLIN, from: '2024-03-29', schedule: { after: '2h' } },
    });
    // An hour before and after each local midnight: 22:30 and 23:30 UTC in winter, 21:30 and 22:30 in summer.
    const rows = ['28', '29', '30', '31'].flatMap((day) =>
      ['21:30', '22:30', '23:30'].map((time) => `2024-03-${day}T${time}Z north 1 1`),
    );
    files.write('a.csv', readingsCsv(...rows));
    files.write('b.csv', readingsCsv('2024-10-26T22:30Z north 1 1', '2024-10-27T22:30Z north 1 1'));
    await ensureLayerTables(cli.db.database, [pipeline]);
    const worker = await startWorker({
      connection: { address: cli.temporal.address },
      namespace: 'default',
      activities: createActivities({ database: cli.db.database, register: [pipeline] }),
      config: loadConfig({ WEIR_HOME: '.weir/test' }),
    });
    try {
      await apply(pipeline);
      // At two o'clock: the hour that there is not on the 31st of March, and twice on the 27th of October.
      for (const [start, end] of [
        ['2024-03-29T12:00:00Z', '2024-04-02T12:00:00Z'],
        ['2024-10-27T12:00:00Z', '2024-10-28T12:00:00Z'],
      ] as const)
        await client.schedule
          .getHandle('sensors/tick')
          .backfill({ start: new Date(start), end: new Date(end), overlap: 'ALLOW_ALL' });
      const runs = async () => {
        const found: string[] = [];
        for await (const run of client.workflow.list({
          query: "WorkflowType = 'runWindow' and ExecutionStatus = 'Completed'",
        }))
          found.push(run.workflowId);
        return found.sort();
      };
      const days = ['2024-03-29', '2024-03-30', '2024-03-31', '2024-04-01', '2024-10-27'];
      // Ticks of the hour that the zone has in the other half of the year find nothing due, or what a tick before them left.
      while ((await runs()).length < days.length) await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await runs()).toEqual(days.map((name) => `sensors/${name}`));
      const windows = await cli.db.database.query<{ start: string; end: string }>(
        `select window_start as start, window_end as end from weir.windows where state = 'published' order by 1`,
      );
      expect(windows).toEqual(
        days.map((name) => {
          const { start, end } = parseWindow(BERLIN, name);
          return { start, end };
        }),
      );
      const total = await cli.db.database.query<{ readings: number }>(
        `select _window as window, sum(readings)::int as readings from marts.sensors_daily group by 1 order by 1`,
      );
      // 28th 23:30 to 29th 22:30 are of the 29th; clocks went forward on the 31st, which ended at 22:00 UTC, and back on the 27th, of 25 hours.
      expect(total.map((row) => row.readings)).toEqual([3, 3, 2, 2, 2]);
    } finally {
      await worker.shutdown();
      await apply();
    }
  });
});
