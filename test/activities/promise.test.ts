import fc from 'fast-check';
import { parseRange, parseWindow, windowAt } from '../../model/time/window';
import { countedAccount, keptAccount } from '../../store/proof/accounting';
import { windowStatuses } from '../../store/ledger/windows';
import { ActivityRunner } from '../../testing/activityRunner';
import type { TestDatabase } from '../../testing/testDatabase';
import { testDatabase } from '../../testing/testDatabase';
import { readingsCsv, sensors } from '../setup/sensors';

// The promise of README.md as a law: whatever was landed in whatever order, changed, rerun or run twice at once, the published
// tables equal what a plain reading of the present files says.

interface Reading {
  readonly day: number;
  readonly hour: number;
  readonly sensor: string;
  readonly value: number | null;
  readonly revision: number | null;
  readonly broken: boolean;
}

const reading: fc.Arbitrary<Reading> = fc.record({
  day: fc.integer({ min: 1, max: 3 }),
  hour: fc.integer({ min: 0, max: 2 }),
  sensor: fc.constantFrom('north', 'south'),
  value: fc.option(fc.integer({ min: -9, max: 9 })),
  revision: fc.option(fc.integer({ min: 1, max: 3 })),
  broken: fc.boolean().map((yes) => yes && true),
});

type Act =
  | { readonly kind: 'write'; readonly file: string; readonly readings: readonly Reading[] }
  | { readonly kind: 'run'; readonly day: number };
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    file: fc.constantFrom('a.csv', 'b.csv', 'c.csv'),
    readings: fc.array(reading, { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant('run' as const), day: fc.integer({ min: 1, max: 3 }) }),
);

const line = (r: Reading): string =>
  `2024-05-0${r.day}T0${r.hour}:00Z ${r.sensor} ${r.broken ? 'x' : (r.value ?? '-')} ${r.revision ?? '-'}`;

/** What the files say, read plainly: winners by (revision, file, position), then totals by day and sensor. */
function expected(files: ReadonlyMap<string, readonly Reading[]>, moving: boolean): string[] {
  const winners = new Map<string, { reading: Reading; rank: [number, string, number] }>();
  for (const [file, readings] of files) {
    readings.forEach((r, position) => {
      if (r.broken) return;
      const key = moving ? r.sensor : `${r.day} ${r.hour} ${r.sensor}`;
      const rank: [number, string, number] = [r.revision ?? -Infinity, file, position];
      const best = winners.get(key);
      if (!best || greater(rank, best.rank)) winners.set(key, { reading: r, rank });
    });
  }
  const totals = new Map<string, { count: number; total: number | null }>();
  for (const { reading: r } of winners.values()) {
    const key = `2024-05-0${r.day} ${r.sensor}`;
    const sum = totals.get(key) ?? { count: 0, total: null };
    totals.set(key, { count: sum.count + 1, total: r.value === null ? sum.total : (sum.total ?? 0) + r.value });
  }
  return [...totals].map(([key, { count, total }]) => `${key} ${count} ${total ?? 'null'}`).sort();
}

const greater = (a: readonly (number | string)[], b: readonly (number | string)[]): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! > b[i]!;
  return false;
};

describe.each([
  ['a key that stays in its window', false],
  ['a key that moves', true],
])('the promise, with %s', (_, moving) => {
  let test_: TestDatabase;
  const lab = sensors({ latestBy: true, extraChecks: false, ...(moving && { key: ['sensor'] }) });
  afterEach(() => test_.close());

  test('published equals what one undisturbed reading of the present files makes', async () => {
    test_ = await testDatabase([lab.pipeline]);
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 8 }), async (acts) => {
        await test_.empty();
        const {
          pipeline,
          files,
          readings: _readings,
        } = sensors({ latestBy: true, extraChecks: false, ...(moving && { key: ['sensor'] }) });
        void _readings;
        const bench = new ActivityRunner(test_.database, [pipeline]);
        const present = new Map<string, readonly Reading[]>();
        for (const step of acts) {
          if (step.kind === 'write') {
            present.set(step.file, step.readings);
            files.write(step.file, readingsCsv(...step.readings.map(line)));
          } else await bench.run(pipeline, parseWindow('1d', `2024-05-0${step.day}`));
        }
        // Bring everything up to date: the windows that the ledger says are owed, and those that the calendar has.
        await bench.run(pipeline, windowAt('1d', '2024-05-01T00:00:00Z'));
        const statuses = await windowStatuses(
          test_.database,
          [pipeline],
          pipeline,
          parseRange('1d', '2024-05-01..2024-05-04'),
        );
        for (const { window, state, stale } of statuses)
          if (state !== 'published' || stale !== null) await bench.run(pipeline, parseWindow('1d', window));
        const rows = await test_.database.query<{ line: string }>(
          `select concat_ws(' ', day, sensor, readings, coalesce(total::text, 'null')) as line from marts.sensors_daily order by day, sensor`,
        );
        expect(rows.map((row) => row.line)).toEqual(expected(present, moving));
        // Records in raw = live rows + beaten rows + dead letters.
        const [sum] = await test_.database.query<{ balanced: boolean }>(
          `select (select coalesce(sum(d.records), 0) from weir.origins o join weir.deliveries d on d.id = o.delivery)
                = (select count(*) from weir_cleaned.sensors_readings) + (select count(*) from weir.dead_letters) as balanced`,
        );
        expect(sum!.balanced).toBe(true);
        expect(await keptAccount(test_.database, pipeline)).toEqual(await countedAccount(test_.database, pipeline));
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
