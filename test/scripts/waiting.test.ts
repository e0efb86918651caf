import { setTimeout as wait } from 'node:timers/promises';
import { Database } from '../../store/postgres/database';
import { CliFixture } from './cliFixture';

/** As another role, whose statements end after a second, as a server's statement_timeout ends them. */
const IMPATIENT = 'impatient';

describe('a run that does not get on', () => {
  let cli: CliFixture;
  beforeAll(async () => {
    cli = await CliFixture.open();
    await cli.weir('migrate');
  });
  afterAll(() => cli.close());

  test('says that no worker serves, then what is tried again and why, once each; goes on, and is cancelled whole', async () => {
    const run = cli.begin('run airports');
    while (!run.err().includes('no worker serves')) await wait(100);
    expect(run.err()).toBe('no worker serves queue weir: weir worker\n');
    expect((await cli.weir('show airports whole')).out).toContain('no worker serves queue weir: weir worker');

    const role = `${IMPATIENT}_${process.pid}`;
    const { database } = cli.db;
    await database.query(`create role ${role} superuser login password 'x'`);
    await database.query(`alter role ${role} set statement_timeout = '1s'`);
    const url = new URL(cli.db.url);
    Object.assign(url, { username: role, password: 'x' });
    // What the step writes to is locked, for all but readers, by somebody who does not end.
    const other = Database.open(cli.db.url, { max: 1 });
    const locker = await other.pool.connect();
    await locker.query('begin; lock table weir.segments in share mode');
    await cli.worker({ DATABASE_URL: url.href });
    while (!run.err().includes('tried again')) await wait(100);
    const told =
      /^airports\/whole: ingest is tried again \(attempt \d+, (next in \d+\.\d s|running now)\): PostgreSQL stopped a statement \(57014\): canceling statement due to statement timeout$/m;
    expect(run.err()).toMatch(told);
    expect(run.err().match(/tried again/g)).toHaveLength(1);
    const [show, status] = await Promise.all([cli.weir('show airports whole'), cli.weir('status --json')]);
    expect(show.out).toMatch(told);
    expect(status.json.find(({ pipeline }) => pipeline === 'airports')).toMatchObject({
      tried: [{ step: 'ingest', attempt: expect.any(Number) as number }],
    });
    expect((await cli.weir('cancel airports')).out).toMatch(/^airports\/whole is cancelled/);
    const end = await run.end;
    expect([end.code, end.err]).toEqual([
      1,
      expect.stringMatching(/^it was cancelled: .*\n {2}Still true: published/m),
    ]);
    await locker.query('rollback');
    locker.release();
    await other.close();
  }, 150_000);
});
