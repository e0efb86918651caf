import { parseWindow } from '../../model/time/window';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { sensors } from '../setup/sensors';

const DAY = parseWindow('1d', '2024-05-01');
const RECORDS = 120_000;

/** About 9 MB in three segments; nine in ten of the first 60,000 values are 500, and 500 keys come again 50,000 records later. */
function largeFile(): string {
  const lines = ['at,sensor,value,revision'];
  for (let i = 0; i < RECORDS; i++) {
    const key = i >= 50_000 && i % 100 === 0 ? i - 50_000 : i;
    const [minute, second] = [Math.floor(key / 3_000), Math.floor(key / 50) % 60];
    const at = `2024-05-01T00:${String(minute).padStart(2, '0')}:${String(second).padStart(2, '0')}Z`;
    lines.push(`${at},${'s'.repeat(40)}${key % 50},${i < 60_000 && i % 10 > 0 ? 500 : i % 100},${i}`);
  }
  return lines.join('\n') + '\n';
}

describe('a delivery large enough for partitions of its own', () => {
  const opened: TestDatabase[] = [];
  afterAll(() => Promise.all(opened.map((one) => one.close())));

  async function cleanedBy(file: string, ...most: number[]) {
    const [first] = most.map((value) => sensors({ most: value, extraChecks: false }));
    const test_ = await testDatabase([first!.pipeline]);
    opened.push(test_);
    for (const value of most) {
      const { pipeline, files } = sensors({ most: value, extraChecks: false });
      files.write('large.csv', file);
      expect(await new ActivityRunner(test_.database, [pipeline]).run(pipeline, DAY)).toMatchObject({
        state: 'published',
      });
    }
    const [state] = await test_.database.query(
      `select count(*)::int as rows, count(*) filter (where _live)::int as live,
              sum(hashtextextended((t.at, t.sensor, t.value, t._record, t._live)::text, 0)) as digest,
              count(distinct tableoid)::int as partitions,
              (select count(*)::int from weir.dead_letters) as dead
         from weir_cleaned.sensors_readings t`,
    );
    const [index] = await test_.database.query(
      `select count(*)::int as indexes, sum(brin_summarize_new_values(i.oid))::int as unknown
         from pg_class i join pg_am a on a.oid = i.relam
        where a.amname = 'brin' and i.relkind = 'i'`,
    );
    return {
      state: state as { rows: number; live: number; digest: string; partitions: number; dead: number },
      index: index as { indexes: number; unknown: number },
    };
  }

  test('54,000 bad records wait, the rest becomes rows, in batches', async () => {
    expect((await cleanedBy(largeFile(), 100)).state).toMatchObject({ rows: 66_000, dead: 54_000, partitions: 2 });
  });

  test('cleaned again by other code, in other batches: as if the new code had been the first', async () => {
    const { state: anew } = await cleanedBy(largeFile(), 1_000);
    expect(anew).toMatchObject({ rows: RECORDS, live: RECORDS - 500, dead: 0 });
    expect((await cleanedBy(largeFile(), 100, 1_000)).state).toMatchObject({ ...anew, partitions: 2 });
  });

  // A range of blocks that the index does not know is read for every window, until a vacuum comes by.
  test('in the order of event time and cleaned again: its index knows every range of blocks at once', async () => {
    const lines = largeFile().split('\n');
    const ordered = [lines[0], ...lines.slice(1, -1).sort(), ''].join('\n');
    expect((await cleanedBy(ordered, 1_000, 900)).index).toEqual({ indexes: 1, unknown: 0 });
  });
});
