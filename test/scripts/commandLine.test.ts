import { Client, Connection } from '@temporalio/client';
import { CliFixture, ended } from './cliFixture';

describe('the command line, against servers that somebody else started', () => {
  let cli: CliFixture;
  beforeAll(async () => {
    cli = await CliFixture.open();
    await cli.weir('migrate');
  });
  afterAll(() => cli.close());

  test('a run lands, cleans, checks and publishes; a second one writes nothing; looking and proving agree', async () => {
    await cli.worker();
    const plan = (await cli.weir('plan airports --json')).json[0] as { hash: string; pipelines: unknown[] };
    expect(plan.pipelines).toEqual([
      expect.objectContaining({ windows: expect.objectContaining({ missing: ['whole'] }) as object }),
    ]);
    const moved = await cli.weir('apply 0123456789ab airports');
    expect([moved.code, moved.err]).toEqual([
      1,
      expect.stringMatching(/is not what would be done now.*\n.*nothing was changed\n.*Next: weir plan airports/s),
    ]);
    const applied = await cli.weir(`apply ${plan.hash} airports`);
    expect([applied.code, applied.out]).toEqual([
      0,
      expect.stringMatching(/^applied: all stand as defined.*rows predicted +refreshed\n +airports +1 .* s +3,376\n$/s),
    ]);
    expect((await cli.weir('plan airports')).out).toBe(
      'nothing to do: airports stand as defined\nairports runs: batch, by hand: nothing is promised\n',
    );
    expect((await cli.weir(`apply ${plan.hash} airports`)).err).toMatch(/done or overtaken/);
    const first = await cli.weir('run airports --json');
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.json).toEqual([expect.objectContaining({ state: 'published', rows: 3_376 })]);
    const [again] = (await cli.weir('run airports --json')).json;
    expect(again).toMatchObject({ state: 'published', written: 0, digest: first.json[0]!['digest'] });

    expect((await cli.weir('rerun airports whole --width 2 --max-failed 7')).code).toBe(0);
    expect(
      await cli.db.database.query(`select details->'width' as width, details->'maxFailedShare' as share
                                       from weir.runs where kind = 'rerun range'`),
    ).toEqual([{ width: 2, share: 0.07 }]);

    // Nothing is upstream of airports: it is filled alone.
    expect((await cli.weir('backfill airports whole --with upstream --all --json')).json).toEqual([
      expect.objectContaining({ pipeline: 'airports', done: 1 }),
    ]);

    const status = await cli.weir('status --json');
    expect(status.json.find((row) => row['pipeline'] === 'airports')).toMatchObject({
      windows: 1,
      published: 1,
      records: { records: 3_376, live: 3_376, beaten: 0, deadLetters: 0, balanced: true },
    });
    const digest = await cli.weir('digest airports');
    expect(digest.out).toMatch(/^3376:[0-9a-f]{32}\n$/);
    // Nothing is computed from airports, and nothing published: its window is its cleaned rows, and so is the digest.
    expect(first.json[0]!['digest']).toBe(digest.out.trim());
    expect((await cli.weir('run airports')).out).toMatch(
      /cleaned 3,376 rows in .*digest 3376:.*; nothing is published: airports has no sink/,
    );
    expect((await cli.weir('show airports whole')).out).toMatch(
      /nothing is published, airports has no sink; 3,376 rows cleaned .*, digest 3376:/,
    );
    const verify = await cli.weir('verify airports');
    expect([verify.code, verify.err]).toEqual([0, '']);
    const shown = await cli.weir('show airports whole');
    expect(shown.out).toMatch(/published/);
    expect((await cli.weir('windows airports')).out).toMatch(/whole +published/);
    expect((await cli.weir('check')).code).toBe(0);
  });

  test('a change behind our back is found by verify, with exit code 1', async () => {
    const change = (from: string, to: string) =>
      cli.db.database.query(`update weir_cleaned.airports set city = $2 where iata = 'JFK' and city = $1`, [from, to]);
    await change('New York', 'Elsewhere');
    const verify = await cli.weir('verify airports');
    expect([verify.code, verify.out]).toEqual([1, expect.stringContaining('JFK')]);
    await change('Elsewhere', 'New York');
    expect((await cli.weir('verify airports')).code).toBe(0);
  });

  test.each([
    ['run flihgts', /unknown pipeline 'flihgts', did you mean 'flights'\?/],
    ['run flights 2001-02-30', /2001-02-30/],
    ['run flights 2031-01-01', /flights has windows of its history, 2001-01-01\.\.2001-07-02/],
    ['backfill flights 2001-02-01..2001-01-01', /2001-02-01\.\.2001-01-01/],
    ['backfill flights 2001-01-01..2001-01-02 --width none', /width/],
    ['backfill flights 2001-01-01..2001-01-02 --with sideways', /sideways is not upstream or downstream/],
    ['run airports flihgts', /unknown pipeline 'flihgts', did you mean 'flights'\?/],
    ['rerun flights 2001-01-01..2001-01-02 --max-failed most', /--max-failed most is not a percentage/],
    ['digest marts.airport_dayly', /did you mean 'marts\.airport_daily'\?/],
    ['dead-letters flights --by reson', /reason/],
    ['statsu', /did you mean status\?/i],
    ['run', /missing required argument/],
    ['status --jsn', /did you mean --json\?/i],
  ])('%s: exit code 2, what was meant, nothing started', async (words, message) => {
    const said = await cli.weir(words);
    expect(said.err).toMatch(message);
    expect([said.code, said.out]).toEqual([2, '']);
  });

  test('a setting with a bad value or an unknown name is refused before anything starts', async () => {
    const bad = await cli.weir('run airports', { WEIR_POOL_MAX: 'many' });
    expect([bad.code, bad.err]).toEqual([
      2,
      expect.stringMatching(/WEIR_POOL_MAX="many" is not a whole number\n.*Next: /s),
    ]);
    const unknown = await cli.weir('run airports', { WEIR_POOLMAX: '20' });
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringMatching(/did you mean WEIR_POOL_MAX\?/)]);
    const looks = await cli.weir('status', { WEIR_POOL_MAX: 'many' });
    expect([looks.code, looks.err]).toEqual([2, expect.stringMatching(/WEIR_POOL_MAX="many"/)]);
  });

  test('doctor names a bad setting, and looks at the rest all the same', async () => {
    const { code, json } = await cli.weir('doctor --json', { WEIR_POOL_MAX: 'many' });
    expect(code).toBe(1);
    const found = Object.fromEntries(json.map(({ what, ok }) => [what, ok]));
    expect(found).toMatchObject({ settings: false, Temporal: true, PostgreSQL: true, schema: true });
  });

  test('doctor links the lists of the Web UI; Temporal takes each query, and finds the runs of today', async () => {
    const { out } = await cli.weir('doctor', { WEIR_WEB_UI: 'https://temporal.example/' });
    const links = [...out.matchAll(/^ {4}(.+?) +(https:\S+)$/gm)].map(([, name, url]) => ({
      name,
      url: new URL(url!),
    }));
    expect(links.map(({ name, url }) => [name, url.origin + url.pathname])).toEqual(
      ['needs you', 'held', 'running', 'today'].map((name) => [
        name,
        'https://temporal.example/namespaces/default/workflows',
      ]),
    );
    expect(out).toMatch(/columns to switch on there: Outcome, Pipeline, WindowStart, RunKind\n/);
    const connection = await Connection.connect({ address: cli.temporal.address });
    const found = new Map<string, number>();
    for (const { name, url } of links)
      found.set(name!, (await new Client({ connection }).workflow.count(url.searchParams.get('query')!)).count);
    await connection.close();
    expect(found.get('needs you')).toBe(0);
    expect(found.get('held')).toBe(0);
    expect(found.get('today')).toBeGreaterThan(0);
  });

  test('PostgreSQL not reachable: exit code 1, where, what next, what is still true', async () => {
    const said = await cli.weir('status', { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' });
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/127\.0\.0\.1:1/);
    expect(said.err).toMatch(/Next: /);
    expect(said.err).not.toContain('secret');
  });

  test('Temporal not reachable: exit code 1, and the ledger is read without it', async () => {
    const away = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const said = await cli.weir('run airports', away);
    expect([said.code, said.err]).toEqual([1, expect.stringMatching(/Temporal is not reachable at 127\.0\.0\.1:1/)]);
    expect(said.err).toMatch(/Still true: .*\n.*Next: /);
    expect((await cli.weir('windows airports', away)).code).toBe(0);
  });

  test('a schema newer than the code is refused, and untouched', async () => {
    await cli.db.database.query(`insert into weir.schema_versions (name, run_on) values ('9999_later', now())`);
    const said = await cli.weir('run airports --json');
    expect(said.json).toEqual([expect.objectContaining({ error: 'SchemaNewer' })]);
    expect(said.code).toBe(1);
    await cli.db.database.query(`delete from weir.schema_versions where name = '9999_later'`);
  });

  test('a worker that is asked to end drains and ends with 0', async () => {
    expect(await ended(await cli.worker(), 'SIGTERM')).toBe(0);
  });
});
