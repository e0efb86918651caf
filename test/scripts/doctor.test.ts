import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { applySchedule, scheduleChanges } from '../../client/schedules';
import type { Pipeline } from '../../model/definition/pipeline';
import { instant } from '../../model/time/time';
import { split, windowName } from '../../model/time/window';
import { doctor } from '../../scripts/commands/doctor';
import type { Finding } from '../../scripts/session/findings/finding';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { readingsCsv, sensors } from '../setup/sensors';
import { CliFixture, ended } from './cliFixture';

const DAY_MS = 86_400_000;

describe('doctor', () => {
  let cli: CliFixture;
  let pipeline: Pipeline;
  let hole: string;
  const env = { ...process.env };
  beforeAll(async () => {
    cli = await CliFixture.open();
    // As another command of this project would find them.
    process.env['WEIR_HOME'] = cli.home;
    delete process.env['DATABASE_URL'];
    delete process.env['TEMPORAL_ADDRESS'];
    const temporal = { address: cli.temporal.address, namespace: cli.temporal.namespace, uiUrl: cli.temporal.uiUrl };
    writeFileSync(
      path.join(cli.home, 'services.json'),
      JSON.stringify({ pid: process.pid, databaseUrl: cli.db.url, temporal }),
    );
    // Five days that are over; the third has no run, the newest has.
    const today = Math.floor(Date.now() / DAY_MS) * DAY_MS;
    const made = sensors({
      more: {
        from: instant(today - 5 * DAY_MS),
        freshness: { warnAfter: '30h', errorAfter: '50h' },
        schedule: { after: '15m' },
      },
    });
    pipeline = made.pipeline;
    const days = split('1d', { start: instant(today - 5 * DAY_MS), end: instant(today) });
    hole = windowName(days[2]!);
    made.files.write('a.csv', readingsCsv(...days.map(({ start }) => `${start.slice(0, 10)}T12:00Z north 1 1`)));
    await ensureLayerTables(cli.db.database, [pipeline]);
    const runner = new ActivityRunner(cli.db.database, [pipeline]);
    for (const [i, day] of days.entries()) if (i !== 2) await runner.run(pipeline, day);
  });
  afterAll(async () => {
    process.env = env;
    await cli.close();
  });

  async function looks(options: { json?: boolean } = {}): Promise<{ code: number; out: string; wrong: Finding[] }> {
    const written: string[] = [];
    const spy = jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    try {
      const code = (await doctor([], options, { pipelines: [pipeline] })) ?? 0;
      const out = written.join('');
      const findings = options.json
        ? out
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line) as Finding)
        : [];
      return { code, out, wrong: findings.filter(({ ok }) => !ok) };
    } finally {
      spy.mockRestore();
    }
  }
  const json = async () => {
    const { code, wrong } = await looks({ json: true });
    return { code, wrong: Object.fromEntries(wrong.map(({ what, found, fix }) => [what, `${found} -> ${fix}`])) };
  };

  test('no worker, a schedule never applied and a hole behind a fresh window are said, each with its command: exit 1', async () => {
    const { code, out } = await looks();
    expect(code).toBe(1);
    // The sixth is the fsync of the tests' own PostgreSQL.
    expect(out).toMatch(/^6 things need a fix\n/);
    for (const queue of ['weir', 'weir-fresh', 'weir-backfill'])
      expect(out).toMatch(new RegExp(`^TROUBLE +queue ${queue} +no worker serves it$`, 'm'));
    expect(out).toContain('Fix queue weir, queue weir-fresh, queue weir-backfill:  weir worker (or weir up)\n');
    expect(out).toMatch(/^TROUBLE +schedule sensors +was never applied: every 1 d, 15 min after the window$/m);
    expect(out).toContain('Fix schedule sensors:  weir plan, then weir apply HASH\n');
    expect(out).toMatch(
      new RegExp(`^TROUBLE +sensors +complete until ${hole}T00:00; ${hole} is missing, whatever is newer$`, 'm'),
    );
    expect(out).toContain(`Fix sensors:  weir show sensors ${hole}; or weir accept sensors ${hole} --why '…'\n`);
    // Versions and addresses, and nobody's password.
    expect(out).toMatch(/^ok +Temporal +\d+\.\d+\.\d+ at 127\.0\.0\.1:\d+, namespace default/m);
    expect(out).toMatch(/^ok +PostgreSQL +\d+\.\d+ at 127\.0\.0\.1:\d+\/\w+, embedded$/m);
    expect(out).toMatch(/^ok +unset +.*WEIR_POOL_MAX \(14\)/m);
    expect(out).not.toContain(new URL(cli.db.url).password);
  });

  test('with all of it put right nothing of it is said; a worker that is killed is, at once, by run too', async () => {
    const connection = await Connection.connect({ address: cli.temporal.address });
    try {
      const client = new Client({ connection });
      for (const change of await scheduleChanges(client, [pipeline])) await applySchedule(client, change);
      while ((await scheduleChanges(client, [pipeline])).length > 0) await wait(50);
      await client.schedule.getHandle('sensors/tick').pause('ann: holidays');
      const paused = await json();
      expect([paused.code, paused.wrong['schedule sensors']]).toEqual([
        1,
        `is paused ("ann: holidays"), and never ticked -> temporal schedule toggle --schedule-id sensors/tick --unpause --reason '…'`,
      ]);
      await client.schedule.getHandle('sensors/tick').unpause();
      await new ActivityRunner(cli.db.database, [pipeline]).run(pipeline, split('1d', windowOf(hole))[0]!);
      const at = { DATABASE_URL: cli.db.url, TEMPORAL_ADDRESS: cli.temporal.address };
      const worker = await cli.worker(at);
      // A run that ended is what a worker can be asked about.
      expect((await cli.weir('run airports', at)).code).toBe(0);
      while ((await client.workflow.count('ExecutionStatus = "Completed"')).count === 0) await wait(50);
      // The link of `show` is the page of the run that Temporal has, by its own word.
      const { webUi } = JSON.parse(
        (await cli.weir('show airports whole --json', { ...at, WEIR_WEB_UI: cli.temporal.uiUrl })).out,
      ) as { webUi: string };
      const { runId } = await client.workflow.getHandle('airports/whole').describe();
      expect(webUi).toBe(`${cli.temporal.uiUrl}/namespaces/default/workflows/airports%2Fwhole/${runId}`);
      expect((await fetch(webUi)).status).toBe(200);
      const served = await json();
      expect(Object.keys(served.wrong)).toEqual(['fsync']);
      await ended(worker, 'SIGKILL');
      const killed = await json();
      expect(killed.code).toBe(1);
      expect(killed.wrong['queue weir']).toMatch(/^no worker answers: \d+@.*, seen .* ago, and is gone -> weir worker/);
      const run = cli.begin('run airports', at);
      const began = Date.now();
      while (!run.err().includes('no worker serves queue weir')) await wait(50);
      expect(Date.now() - began).toBeLessThan(25_000);
      await client.workflow.getHandle('airports/whole').terminate();
      await run.end;
    } finally {
      await connection.close();
    }
  }, 90_000);

  test('the room for locks is said: what to set from half of it on, and as trouble where steps at once would find none', async () => {
    const { database } = cli.db;
    await database.query(
      `create table weir_cleaned.parts (a integer) partition by range (a);
       do $$ begin
         for i in 1..40 loop
           execute format('create table weir_cleaned.parts_%s partition of weir_cleaned.parts for values from (%s) to (%s)', i, i, i + 1);
         end loop;
       end $$`,
    );
    const [server] = await database.query<{ locks: number; room: number }>(
      `select current_setting('max_locks_per_transaction')::integer as locks,
              current_setting('max_locks_per_transaction')::integer * current_setting('max_connections')::integer as room`,
    );
    const { locks, room } = server!;
    /** What it says where so many steps run at once that the server has room for the locks of `most` parts. */
    const said = async (most: number) => {
      const steps = Math.floor(room / 3 / (most + 1));
      const fresh = Math.floor(steps / 2);
      Object.assign(process.env, {
        WEIR_FRESH_SLOTS: String(fresh),
        WEIR_BACKFILL_SLOTS: String(steps - fresh),
        WEIR_POOL_MAX: String(steps + 2),
      });
      const { out } = await looks({ json: true });
      const found = out.split('\n').filter((line) => line.includes('"max_locks_per_transaction"'));
      return JSON.parse(found[0]!) as Finding;
    };
    try {
      const [far, half, over] = [await said(100), await said(60), await said(30)];
      expect([far.ok, half.ok, over.ok]).toEqual([true, true, false]);
      const set = `alter system set max_locks_per_transaction = ${2 * locks}, then a restart`;
      expect(far.found).toMatch(/has 40 parts of \d+ that they hold$/);
      expect(half.found).toContain(`; before it has more: ${set}`);
      expect(over.fix).toMatch(
        /^alter system set max_locks_per_transaction = \d+, then a restart: else steps end with out of/,
      );
    } finally {
      for (const name of ['FRESH_SLOTS', 'BACKFILL_SLOTS', 'POOL_MAX']) delete process.env[`WEIR_${name}`];
      await database.query('drop table weir_cleaned.parts');
    }
  });

  test('rights that the role of DATABASE_URL lacks are said', async () => {
    const role = `weak_${process.pid}`;
    const { database } = cli.db;
    await database.query(`create role ${role} login password 'x'`);
    await database.query(`grant usage on schema weir to ${role}; grant select on all tables in schema weir to ${role}`);
    const url = new URL(cli.db.url);
    Object.assign(url, { username: role, password: 'x' });
    try {
      process.env['DATABASE_URL'] = url.href;
      const { code, wrong } = await json();
      expect(code).toBe(1);
      expect(wrong['rights']).toMatch(/tables of the ledger belong to another role/);
    } finally {
      delete process.env['DATABASE_URL'];
      await database.query(`drop owned by ${role}; drop role ${role}`);
    }
  });
});

const windowOf = (name: string) => ({
  start: instant(Date.parse(`${name}T00:00:00Z`)),
  end: instant(Date.parse(`${name}T00:00:00Z`) + DAY_MS),
});
