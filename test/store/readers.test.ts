import { parseRange, split } from '../../model/time/window';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

const WINDOWS = split('1d', parseRange('1d', '2024-05-01..2024-05-05'));
const SENSORS = 40;
const VERSIONS = 15;

describe('who reads while everything is run again', () => {
  let test_: TestDatabase;
  afterAll(() => test_.close());

  test('sees of every window all of the old or all of the new, and the same twice in one snapshot', async () => {
    const { pipeline, files } = sensors({ extraChecks: false });
    test_ = await testDatabase([pipeline]);
    const bench = new ActivityRunner(test_.database, [pipeline]);
    // In version n every total is n.
    const publish = async (version: number): Promise<void> => {
      const days = WINDOWS.map(({ start }) => start.slice(0, 10));
      const all = days.flatMap((day) =>
        Array.from({ length: SENSORS }, (_, sensor) => `${day}T01:00Z s${sensor} ${version} 1`),
      );
      files.write('a.csv', readingsCsv(...all));
      for (const window of WINDOWS) await bench.run(pipeline, window);
    };
    await publish(1);

    let over = false;
    const reader = async (): Promise<{ reads: number; seen: Set<string>; wrong: unknown[] }> => {
      const seen = new Set<string>();
      const wrong: unknown[] = [];
      let reads = 0;
      while (!over) {
        await test_.database.tx(
          async (tx) => {
            const read = () =>
              tx.query<{ window: string; rows: number; totals: string[] }>(
                `select _window as window, count(*)::int as rows, array_agg(distinct total::text) as totals
                   from marts.sensors_daily group by 1 order by 1`,
              );
            const [first, second] = [await read(), await read()];
            if (JSON.stringify(first) !== JSON.stringify(second)) wrong.push([first, second]);
            if (first.length !== WINDOWS.length) wrong.push(first);
            for (const row of first) {
              if (row.rows !== SENSORS || row.totals.length !== 1) wrong.push(row);
              seen.add(row.totals[0]!);
            }
            reads++;
          },
          { isolation: 'repeatable read' },
        );
      }
      return { reads, seen, wrong };
    };
    const readers = [reader(), reader()];
    for (let version = 2; version <= VERSIONS; version++) await publish(version);
    over = true;
    for (const { reads, seen, wrong } of await Promise.all(readers)) {
      expect(wrong).toEqual([]);
      // It did read while things changed.
      expect(reads).toBeGreaterThan(VERSIONS);
      expect(seen.size).toBeGreaterThan(VERSIONS / 2);
    }
  });
});
