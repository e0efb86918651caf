import { cpSync } from 'node:fs';
import path from 'node:path';
import { examples } from '../../examples';
import type { Pipeline } from '../../model';
import { historyOf } from '../../model/definition/pipeline';
import type { Window } from '../../model/time/window';
import { split } from '../../model/time/window';
import { digestOfTable } from '../../store/proof/tableDigests';
import { verifyRange } from '../../store/proof/verify';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { CliFixture } from '../scripts/cliFixture';
import { ScratchProject } from '../scripts/scratchProject';

/** The range that a user types for each, and what readers have then. Dead letters: the origin's name, the record in it, the column, and why. */
const SHOWN: Record<string, { range: string; readers: string; rows: string[]; letters: string[] }> = {
  tills: {
    range: '2024-10-26..2024-10-29',
    readers: `select concat_ws(' ', day, store, receipts, takings) as row from marts.takings order by day, store`,
    rows: [
      '2024-10-26 koeln 7 1291.97',
      '2024-10-26 muenchen 2 20.40',
      // Tills that were open past midnight: no file has Sunday's name, and Sunday has rows.
      '2024-10-27 koeln 1 12.50',
      '2024-10-27 muenchen 2 8.70',
      '2024-10-28 koeln 2 15.49',
      '2024-10-28 muenchen 1 2.70',
    ],
    letters: [
      'store_koeln_1.csv.gz 4 paid_by: not one of bar, karte (scheck)',
      'store_koeln_1.csv.gz 6 amount: not a number (€ 7,96)',
      "store_muenchen_1.csv.gz 3 sold_at: a local time that clocks of Europe/Berlin showed twice (.ambiguous('earlier') or 'later' says which) (27.10.2024 02:30)",
    ],
  },
  events: {
    range: '2024-01-05..2024-01-06',
    readers: `select concat_ws(' ', country, sku, bought, spent) as row from marts.item_daily order by country, sku`,
    rows: ['DE A 5 3.30', 'DE B 1 10.00', 'FR A 1 1.50'],
    letters: [
      '2024-01-05.ndjson 3 record: field user.geo.id is not in the contract ({"id":"e4","ts":"2024-01-05T09:03:00Z","received":1704445381500,"user":{"geo":{"country":"DE","id":7}},"ctx":{},"items":[]})',
      '2024-01-05.ndjson 5 received_at: expect(received after it happened: received_at, at) (received_at 2024-01-05T09:04:58Z, at 2024-01-05T09:05:00Z)',
      '2024-01-05.ndjson 8 at: not a timestamp (1704446000)',
    ],
  },
  taxi: {
    range: '2018-12..2019-02',
    readers: `select concat_ws(' ', month, trips, fares, tips, surcharges) as row from marts.earnings order by month`,
    rows: ['2018-12-01 7 101.00 17.61', '2019-01-01 5 66.50 9.81 7.50'],
    letters: [
      '2018-12.csv 3 dropoff: expect(drop-off after pick-up: dropoff, pickup) (dropoff 2018-12-12T23:32:02Z, pickup 2018-12-12T23:40:31Z)',
      '2018-12.csv 4 fare: min(fare, 0); min(total, 0); expect(the total has the fare and the tip in it: total, fare, tip) (-8.00)',
      '2018-12.csv 6 pickup: outside the history (in the window from 2008-12-01T05:00:00Z)',
      '2019-01.csv 4 distance: expect(within the city: distance) (1000000)',
    ],
  },
  departures: {
    range: '2013-01-01..2013-01-03',
    readers: `select concat_ws(' ', day, origin, flights, cancelled, longest_delay) as row from marts.punctuality order by day, origin`,
    rows: [
      '2013-01-01 EWR 2 1 2',
      '2013-01-01 JFK 2 1 6',
      '2013-01-01 LGA 2 0 4',
      // 2400 is the next day's start: 75 minutes behind 22:45.
      '2013-01-02 EWR 1 1',
      '2013-01-02 JFK 4 0 75',
    ],
    letters: [
      '2013-01.csv 8 departed_at: not a timestamp in yyyy M d Hmm (2013 1 2 2360)',
      '2013-01.csv 11 scheduled_at: not a timestamp in yyyy M d Hmm (2013 2 30 800)',
    ],
  },
};

describe('the examples, from the command line', () => {
  const project = new ScratchProject('examples');
  let cli: CliFixture;

  beforeAll(async () => {
    project.write(
      'weir.config.ts',
      `import { examples } from './examples';\nimport { defineProject } from './model';\nexport default defineProject({ pipelines: examples });\n`,
    );
    cpSync('examples', path.join(project.root, 'examples'), { recursive: true, preserveTimestamps: true });
    cli = await CliFixture.open(project.root);
    await ensureLayerTables(cli.db.database, examples);
    await cli.worker();
  });
  afterAll(async () => {
    await cli.close();
    project.remove();
  });

  const each = <T>(of: (pipeline: Pipeline) => Promise<T>): Promise<T[]> => Promise.all(examples.map(of));

  /** Digests of every layer, and dead letters. */
  const state = (): Promise<unknown[]> =>
    each(async ({ name, cleaned, curated }) => [
      ...(await Promise.all(
        [cleaned, ...curated].map((table) => digestOfTable(cli.db.database, table, undefined, null)),
      )),
      await lettersOf(name),
    ]);

  const lettersOf = async (pipeline: string): Promise<string[]> => {
    const letters = await cli.db.database.query<{ letter: string }>(
      `select concat(regexp_replace(d.origin, '^.*/', ''), ' ', l.record, ' ', coalesce(l.column_name, 'record'),
                     ': ', l.reason, ' (', l.value, ')') as letter
         from weir.dead_letters l
         join weir.deliveries d on d.id = l.delivery
        where l.pipeline = $1
        order by d.origin, l.record`,
      [pipeline],
    );
    return letters.map(({ letter }) => letter);
  };

  test('check finds every select and check as declared', async () => {
    const said = await cli.weir('check');
    expect([said.code, said.err]).toEqual([0, '']);
    expect(said.out).toMatch(/^tills, events, taxi, departures: 4 selects and \d+ checks are as declared\n/);
  });

  test('backfill publishes what they show, verify proves it, and a second run changes nothing', async () => {
    const runner = new ActivityRunner(cli.db.database, examples);
    const windowsOf = (pipeline: Pipeline): Window[] => split(pipeline.window, historyOf(pipeline, pipeline.until!));
    // One as its user starts it; the others by the same steps, without a process each.
    const said = await cli.weir(`backfill tills ${SHOWN['tills']!.range}`);
    expect([said.code, said.out]).toEqual([0, expect.stringContaining('3 windows published')]);
    for (const pipeline of examples.filter(({ name }) => name !== 'tills'))
      for (const window of windowsOf(pipeline)) await runner.run(pipeline, window, 'backfill');
    for (const { name } of examples) {
      const { readers, rows, letters } = SHOWN[name]!;
      expect((await cli.db.database.query<{ row: string }>(readers)).map(({ row }) => row)).toEqual(rows);
      expect(await lettersOf(name)).toEqual(letters);
    }
    const before = await state();
    for (const pipeline of examples)
      for (const window of windowsOf(pipeline)) await runner.run(pipeline, window, 'rerun');
    expect(await state()).toEqual(before);
    for (const pipeline of examples) {
      const range = historyOf(pipeline, pipeline.until!);
      const proof = await verifyRange(cli.db.database, examples, pipeline, range, () => undefined);
      expect([pipeline.name, proof.compared.filter(({ equal }) => !equal), proof.records.balanced]).toEqual([
        ...[pipeline.name, [], true],
      ]);
      expect([proof.missing, proof.compared.length > 0]).toEqual([0, true]);
    }
  });

  test('a range is called as its user calls it, and bytes are shown in the characters of their file', async () => {
    const [verified, letters] = await Promise.all([cli.weir('verify tills'), cli.weir('dead-letters tills')]);
    expect(verified.out).toMatch(/^tills 2024-10-26\.\.2024-10-29: verified, 10 comparisons equal/);
    expect(letters.out).toContain('K1-6;1;26.10.2024 19:59;Würstchen;4;€ 7,96;bar;-');
  });

  test('none of them has a parser', () => {
    for (const { cleaned } of examples)
      expect(Object.values(cleaned.columns).filter(({ facts }) => facts.parse !== undefined)).toEqual([]);
  });
});
