import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { rowCount } from '../../checks';
import { applySchedule, scheduleChanges } from '../../client/schedules';
import { cleaned, definePipeline, integer, text, timestamptz } from '../../model';
import type { Pipeline } from '../../model/definition/pipeline';
import { instant } from '../../model/time/time';
import { split, windowName } from '../../model/time/window';
import { accept } from '../../scripts/commands/accept';
import { freshness } from '../../scripts/commands/freshness';
import { status } from '../../scripts/commands/status';
import { windows } from '../../scripts/commands/windows';
import type { Runtime } from '../../scripts/session/runtime';
import { printSummary } from '../../scripts/terminal/summary';
import type { Verb } from '../../scripts/verb';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { MemoryFiles } from '../../testing/memoryFiles';
import { readingsCsv } from '../setup/sensors';
import { CliFixture } from './cliFixture';

const HOUR_MS = 3_600_000;

/** Hourly orders of the last hours, by a clock that runs: hours that are over, the present one last. */
function orders(): { pipeline: Pipeline; files: MemoryFiles; hours: ReturnType<typeof split> } {
  const now = Date.now();
  const from = instant(Math.floor(now / HOUR_MS) * HOUR_MS - 10 * HOUR_MS);
  const files = new MemoryFiles();
  const pipeline = definePipeline({
    name: 'orders',
    description: 'orders by the hour',
    owners: ['shop@example.test'],
    source: files,
    window: '1h',
    from,
    freshness: { warnAfter: '2h', errorAfter: '6h' },
    deadLetters: { errorAbove: '100 %' },
    cleaned: cleaned({
      name: 'orders_rows',
      columns: { at: timestamptz(), sensor: text(), value: integer().nullable(), revision: integer().nullable() },
      key: ['at', 'sensor'],
      eventTime: 'at',
      checks: [rowCount({ min: 2 }).warn()],
    }),
  });
  return { pipeline, files, hours: split('1h', { start: from, end: instant(Math.floor(now / HOUR_MS) * HOUR_MS) }) };
}

describe('what is said of a pipeline with a hole, a thin hour and no schedule', () => {
  let cli: CliFixture;
  let pipeline: Pipeline;
  let hours: ReturnType<typeof split>;
  const env = { ...process.env };
  beforeAll(async () => {
    cli = await CliFixture.open();
    // As another command of this project would find them.
    process.env['WEIR_HOME'] = cli.home;
    delete process.env['DATABASE_URL'];
    delete process.env['TEMPORAL_ADDRESS'];
    shared({ address: cli.temporal.address, namespace: cli.temporal.namespace, uiUrl: cli.temporal.uiUrl });
    const made = orders();
    ({ pipeline, hours } = made);
    await ensureLayerTables(cli.db.database, [pipeline]);
    // The first hours and the newest: a hole of one hour between them, eight hours ago. The newest hour is thin.
    const rows = hours.flatMap(({ start }, i) =>
      ['15', '45']
        .slice(i === hours.length - 1 ? 1 : 0)
        .map((minute) => `${start.slice(0, 14)}${minute}:00Z north 1 1`),
    );
    made.files.write('a.csv', readingsCsv(...rows));
    const runner = new ActivityRunner(cli.db.database, [pipeline]);
    for (const [i, hour] of hours.entries()) if (i !== 2) await runner.run(pipeline, hour);
  });
  afterAll(async () => {
    process.env = env;
    await cli.close();
  });

  const shared = (temporal: object | undefined): void =>
    writeFileSync(
      path.join(cli.home, 'services.json'),
      JSON.stringify({ pid: process.pid, databaseUrl: cli.db.url, temporal }),
    );

  async function said(verb: Verb, args: string[], options: object = {}): Promise<{ code: number; out: string }> {
    const written: string[] = [];
    const spy = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    try {
      const code = (await verb(args, options, { pipelines: [pipeline] })) ?? 0;
      return { code, out: written.join('') };
    } finally {
      spy.mockRestore();
    }
  }
  const hole = (): string => windowName(hours[2]!);

  test('a schedule never applied is said by status and freshness, exit 3', async () => {
    for (const verb of [status, freshness]) {
      const { code, out } = await said(verb, []);
      expect([code, out]).toEqual([3, expect.stringContaining('orders: windows are due, and no schedule runs it:')]);
    }
    expect(JSON.parse((await said(status, ['orders'], { json: true })).out)).toMatchObject({ unscheduled: true });
  });

  test('where Temporal is not there, that is said, and the rest all the same', async () => {
    shared(undefined);
    const { code, out } = await said(status, []);
    shared({ address: cli.temporal.address, namespace: cli.temporal.namespace, uiUrl: cli.temporal.uiUrl });
    expect([code, out]).toEqual([3, expect.stringContaining('whether a schedule runs orders is not known')]);
    expect(out).toContain(`complete until ${hours[2]!.start.slice(0, 16)}`);
  });

  test('the thin hour is named by status, by windows and by the verdict of npm start', async () => {
    const thin = windowName(hours.at(-1)!);
    const sentence = `orders: 1 window warns: ${thin} row_count(min 2) of orders_rows`;
    expect((await said(status, [])).out).toContain(sentence);
    expect((await said(windows, ['orders'])).out).toMatch(new RegExp(`${thin}.*row_count\\(min 2\\)`));
    const verdict = await said(async () => {
      const runtime = { database: cli.db.database, register: [pipeline] } as unknown as Runtime;
      await printSummary(runtime, pipeline, { since: null, seconds: 0 });
    }, []);
    expect(verdict.out).toContain(sentence);
    expect(verdict.out).not.toContain('all is published');
  });

  test('a hole behind a fresh window is said, until a schedule runs it and the hole is accepted', async () => {
    const connection = await Connection.connect({ address: cli.temporal.address });
    try {
      const client = new Client({ connection });
      const apply = async (one: Pipeline): Promise<void> => {
        for (const change of await scheduleChanges(client, [one])) await applySchedule(client, change);
        while ((await scheduleChanges(client, [one])).length > 0)
          await new Promise((resolve) => setTimeout(resolve, 50));
      };
      await apply({ ...pipeline, schedule: { after: '40m' } });
      const differs = 'orders: windows are due, and its schedule is not as defined:  weir plan orders';
      for (const verb of [status, freshness]) expect((await said(verb, [])).out).toContain(differs);
      await apply(pipeline);
      const schedule = client.schedule.getHandle('orders/tick');
      await schedule.pause('ann, since the move');
      const paused =
        'orders: windows are due, and its schedule is paused ("ann, since the move"), and never ticked:  temporal schedule toggle';
      for (const verb of [status, freshness])
        expect(await said(verb, [])).toEqual({ code: 3, out: expect.stringContaining(paused) });
      expect(JSON.parse((await said(status, ['orders'], { json: true })).out)).toMatchObject({
        ...{ unscheduled: false, paused: { note: 'ann, since the move', lastTick: null } },
      });
      await schedule.unpause();
    } finally {
      await connection.close();
    }
    for (const verb of [status, freshness]) {
      const { code, out } = await said(verb, []);
      expect([code, out]).toEqual([3, expect.stringContaining(`${hole()} is missing, whatever is newer`)]);
      expect(out).not.toContain('no schedule');
    }
    await expect(said(accept, ['orders', hole()])).rejects.toThrow('--why is missing');
    expect(await said(accept, ['orders', hole()], { why: 'closed' })).toMatchObject({ code: 0 });
    const fresh = await said(freshness, ['orders']);
    expect([fresh.code, fresh.out]).toEqual([0, expect.stringContaining('promises are kept')]);
    const now = await said(status, []);
    expect([now.code, now.out.split('\n')[0]]).toEqual([0, expect.stringMatching(/; 1 window has a warning$/)]);
    expect((await said(windows, ['orders'])).out).toMatch(new RegExp(`${hole()} +missing, accepted`));
    await said(accept, ['orders', hole()], { undo: true });
    expect((await said(freshness, [])).code).toBe(3);
  });
});
