import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Pipeline } from '../../model';
import { historyOf } from '../../model/definition/pipeline';
import type { Claim } from '../../model/run/claim';
import { stepsOver } from '../../model/run/steps';
import { instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { split, windowName } from '../../model/time/window';
import { deadLetters } from '../../scripts/commands/deadLetters';
import { show } from '../../scripts/commands/show';
import { status } from '../../scripts/commands/status';
import { windows } from '../../scripts/commands/windows';
import type { Verb } from '../../scripts/verb';
import { accountFor, accountForWindow } from '../../store/proof/accounting';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { runSteps } from '../../workflows/runWindow';
import { ordersPipeline, writeOrders } from '../setup/orders';

const VERBS: Record<string, Verb<never>> = { status, show, windows, 'dead-letters': deadLetters };

describe('orders with a missing file, a thin hour, quiet nights and nasty records', () => {
  const here = process.cwd();
  const env = { ...process.env };
  const folder = mkdtempSync(path.join(tmpdir(), 'orders-'));
  let db: TestDatabase;
  let pipeline: Pipeline;
  let hours: Window[];

  beforeAll(async () => {
    pipeline = ordersPipeline();
    hours = split('1h', historyOf(pipeline, instant(Date.now())));
    db = await testDatabase([pipeline]);
    process.env['DATABASE_URL'] = db.url;
    process.env['WEIR_HOME'] = path.join(folder, '.weir');
    delete process.env['TEMPORAL_ADDRESS'];
    process.chdir(folder);
    writeOrders();
    for (const hour of hours.slice(0, 23)) await run(hour);
    await run(hours[12]!);
    await settleClocks();
  });
  afterAll(async () => {
    process.chdir(here);
    process.env = env;
    rmSync(folder, { recursive: true, force: true });
    await db.close();
  });

  let runs = 0;
  /** As the workflow runs a window: closed however it ends. */
  async function run(window: Window): Promise<void> {
    const runner = new ActivityRunner(db.database, [pipeline]);
    const id = `orders-${++runs}`;
    const steps = stepsOver((name, input) => runner.call(name, input, 1, id));
    let claim: Claim | undefined;
    try {
      await runSteps(
        { ...steps, claim: async (order) => (claim = await steps.claim(order)) },
        runner.order(pipeline, window),
      );
    } catch (error) {
      const { message, name } = error as Error;
      await steps.close(claim!, { state: 'failed', error: message, type: name });
    }
  }

  // What the clock gave, so that what is printed is the same at any hour and on any machine.
  async function settleClocks(): Promise<void> {
    const at = (epoch: string): string => `timestamptz '2024-05-02T00:00Z' + ${epoch} * interval '1 minute'`;
    await db.database.query(
      `update weir.runs set workflow_id = 'orders/' || to_char(window_start at time zone 'utc', 'YYYY-MM-DD"T"HH24'), started_at = ${at('epoch')}, ended_at = ${at('epoch')} + interval '0.25 s'`,
    );
    await db.database.query(`update weir.steps set ms = 4 * step`);
    await db.database.query(
      `update weir.windows set published_at = ${at('published_epoch')} where published_at is not null`,
    );
    await db.database.query(`update weir.deliveries set landed_at = ${at('epoch')}`);
  }

  async function said(words: string): Promise<string> {
    const [name, ...rest] = words.split(' ');
    const plain = rest.filter(
      (word, i) => !word.startsWith('--') && !['--by', '--limit', '--window'].includes(rest[i - 1] ?? ''),
    );
    const options: Record<string, unknown> = {};
    for (const [i, word] of rest.entries())
      if (word.startsWith('--'))
        options[word.slice(2)] = ['--by', '--limit', '--window'].includes(word) ? rest[i + 1] : true;
    let out = '';
    const write = jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text);
      return true;
    });
    try {
      await VERBS[name!]!(plain, options as never, { pipelines: [pipeline] } as never);
    } finally {
      write.mockRestore();
    }
    return out;
  }

  const asJson = async (words: string): Promise<Record<string, unknown>[]> =>
    (await said(`${words} --json`))
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  const LOOKING = readFileSync('docs/looking.md', 'utf8');
  const SHOWN = [...LOOKING.matchAll(/^```\n\$ weir (.*)\n([^]*?)^```$/gm)].map(([, words, lines]) => [words!, lines!]);

  test.each(SHOWN)('weir %s says what docs/looking.md shows, to the character', async (words, lines) => {
    expect(await said(words)).toBe(lines);
  });

  test('and it shows status, windows, show and dead-letters', () => {
    expect(new Set(SHOWN.map(([words]) => words!.split(' ')[0]))).toEqual(new Set(Object.keys(VERBS)));
  });

  test('records = live + beaten + dead is one number: over windows and those of none, in status and in the tables', async () => {
    const ofPipeline = await accountFor(db.database, pipeline);
    const parts = await Promise.all([...hours, null].map((hour) => accountForWindow(db.database, pipeline, hour)));
    const sum = (of: 'records' | 'live' | 'beaten' | 'deadLetters'): number =>
      parts.reduce((total, part) => total + part[of], 0);
    const { records, live, beaten, deadLetters } = ofPipeline;
    expect({
      records: sum('records'),
      live: sum('live'),
      beaten: sum('beaten'),
      deadLetters: sum('deadLetters'),
    }).toEqual({
      ...{ records, live, beaten, deadLetters },
    });
    expect(parts.every(({ balanced }) => balanced)).toBe(true);
    const [tables] = await db.database.query(
      `select (select sum(records) from weir.segments)::integer as records,
              (select count(*) from weir_cleaned.orders where _live)::integer as live,
              (select count(*) from weir_cleaned.orders where not _live)::integer as beaten,
              (select count(*) from weir.dead_letters)::integer as "deadLetters"`,
    );
    expect(tables).toEqual({ records, live, beaten, deadLetters });
    const [status] = await asJson('status orders');
    expect(status!['records']).toMatchObject({ records, live, beaten, deadLetters });
    const shown: Record<string, unknown>[] = [];
    for (const hour of hours) shown.push(...(await asJson(`show orders ${windowName(hour)}`)));
    const ofShown = shown.map((one) => (one['records'] as { records: number }).records);
    expect(ofShown.reduce((a, b) => a + b) + (shown[0]!['windowless'] as { records: number }).records).toBe(records);
  });

  test('a lost row is seen by the window that lost it', async () => {
    await db.database
      .tx(async (tx) => {
        await tx.query(`delete from weir_cleaned.orders where order_id = '12-3'`);
        expect((await accountForWindow(tx, pipeline, hours[12]!)).balanced).toBe(false);
        expect((await accountForWindow(tx, pipeline, hours[13]!)).balanced).toBe(true);
        throw new Error('as it was');
      })
      .catch((error: Error) => expect(error.message).toBe('as it was'));
  });

  test('machines are told the reason, since when, and every byte of a dead letter', async () => {
    const failed = await asJson('windows orders --failed');
    expect(failed.map(({ window, reason }) => [window, reason])).toEqual([
      ['2024-05-01', 'held'],
      ['2024-05-01T01', 'held'],
      ['2024-05-01T02', 'held'],
      ['2024-05-01T03', 'no file yet'],
      ['2024-05-01T04', 'held'],
      ['2024-05-01T05', 'held'],
      ['2024-05-01T18', 'held'],
      ['2024-05-01T20', 'broken'],
    ]);
    expect(failed[6]).toMatchObject({
      why: 'row_count(min 20) of orders: 5 rows, at least 20',
      since: '2024-05-02T00:19:00.25Z',
      attempt: 1,
    });
    expect((await asJson('windows orders --missing')).map(({ window, reason }) => [window, reason])).toEqual([
      ['2024-05-01T03', 'no file yet'],
      ['2024-05-01T23', 'never run'],
    ]);
    const letters = await asJson('dead-letters orders');
    expect(letters.map(({ window }) => window)).toEqual([
      ...['06', '08', '12', '16'].map((hour) => `2024-05-01T${hour}`),
      ...[null, null],
    ]);
    expect(Buffer.from(letters[4]!['bytes'] as string, 'base64').toString()).toBe('{"order_id":"broken, "placed_at":');
  });
});
