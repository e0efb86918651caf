import fc from 'fast-check';
import type { Act, Reading } from './acts';
import { history } from './acts';
import { live } from './live';

/**
 * The law, widened: whatever was delivered, cut off, run again, defined otherwise or damaged, in any order, no verb says that all is well while
 * a target differs from what an undisturbed run of the present definition over what has landed would have made; and plan and apply end there.
 * WEIR_TEST_HISTORIES=500 asks for more of them; WEIR_TEST_SEED and WEIR_TEST_HISTORY (what a failure prints after `again:`) repeat one.
 */
const HISTORIES = Number(process.env['WEIR_TEST_HISTORIES'] ?? 20);
/** So long a history that failed is made smaller. */
const SHRINK_MS = Number(process.env['WEIR_TEST_SHRINK_MS'] ?? 60_000);

describe('the law, widened', () => {
  test('no verb says that all is well while a target differs, and plan and apply end where an undisturbed run does', async () => {
    const again = process.env['WEIR_TEST_HISTORY'];
    if (again) return live(JSON.parse(again) as Act[]);
    const seed = Number(process.env['WEIR_TEST_SEED'] ?? Date.now() % 2 ** 31);
    let failedAt = Infinity;
    const property = fc.asyncProperty(history, async (acts) => {
      if (Date.now() - failedAt > SHRINK_MS) return;
      try {
        await live(acts);
      } catch (error) {
        failedAt = Math.min(failedAt, Date.now());
        throw error;
      }
    });
    await fc.assert(property, { numRuns: HISTORIES, seed });
  }, 3_600_000);
});

// The smallest histories that once broke it.
describe('once broken', () => {
  const row = (day: number, hour: number, value: number, revision: number | null = null): Reading => ({
    ...{ day, hour, sensor: 'north', value, revision, note: false },
  });
  test.each<[string, Act[]]>([
    [
      'apply says that all stands, and a window outside of what was owed has late rows by what it landed',
      [
        { kind: 'write', day: 1, readings: [row(1, 1, 0)] },
        { kind: 'apply' },
        { kind: 'write', day: 2, readings: [row(1, 1, 3, 1)] },
        { kind: 'define', change: { until: '2024-05-03T00:00:00Z' } },
        { kind: 'write', day: 1, readings: [] },
        { kind: 'run', day: 1, crash: null },
      ],
    ],
    [
      'a run is lost between landing and cleaning: nothing is owed, and what is landed waits for ever',
      [
        { kind: 'write', day: 1, readings: [row(1, 1, 0)] },
        { kind: 'apply' },
        { kind: 'write', day: 1, readings: [row(1, 1, 5)] },
        { kind: 'run', day: 1, crash: { commit: 8, then: 'lost' } },
      ],
    ],
    [
      'verify advises a rerun for a row that somebody wrote outside of the history, where no rerun comes',
      [
        { kind: 'apply' },
        { kind: 'damage', damage: 'target row added', nth: 1 },
        { kind: 'define', change: { from: '2024-05-02T00:00:00Z' } },
      ],
    ],
    [
      'a window of a new calendar is made from rows of the former one, and nothing is owed',
      [
        { kind: 'write', day: 1, readings: [row(1, 1, 1), row(0, 1, 0)] },
        { kind: 'apply' },
        { kind: 'define', change: { grain: '1d@Europe/Berlin' } },
        { kind: 'run', day: 1, crash: null },
      ],
    ],
    [
      'verify blames a window for what a dropped table lacks in another, and its rerun would spread it',
      [
        { kind: 'write', day: 1, readings: [row(1, 1, 1)] },
        { kind: 'apply' },
        { kind: 'damage', damage: 'target dropped', nth: 0 },
        { kind: 'write', day: 2, readings: [row(2, 23, 0, 3)] },
        { kind: 'run', day: 1, crash: { commit: 8, then: 'lost' } },
      ],
    ],
    [
      'verify blames a window that reads one of the former calendar, which is still shown',
      [
        { kind: 'write', day: 1, readings: [row(1, 1, 1), row(0, 1, 6, 1)] },
        { kind: 'apply' },
        { kind: 'rerun', day: 1, crash: null },
        { kind: 'run', day: 3, crash: null },
        { kind: 'define', change: { from: '2024-05-02T00:00:00Z' } },
      ],
    ],
    [
      'origins are retired before a new column is there',
      [
        { kind: 'write', day: 1, readings: [row(1, 1, 0)] },
        { kind: 'apply' },
        { kind: 'define', change: { key: 'sensor' } },
        { kind: 'move', files: false },
        { kind: 'define', change: { notes: true } },
      ],
    ],
    [
      'verify calls verified what was published under other checks, which would hold it',
      [
        { kind: 'write', day: 1, readings: [row(1, 1, 0), row(1, 13, 5, 1)] },
        { kind: 'apply' },
        { kind: 'define', change: { atMost: 1 } },
      ],
    ],
    [
      'the same where other code is owed too, under which no row differs',
      [
        { kind: 'write', day: 1, readings: [row(1, 1, 0), row(1, 13, 5, 1)] },
        { kind: 'apply' },
        { kind: 'define', change: { outside: 'deadLetter' } },
        { kind: 'define', change: { atMost: 1 } },
      ],
    ],
    [
      'a window is made while what it reads is dropped, and stays so once that is back unchanged',
      [
        {
          kind: 'write',
          day: 1,
          readings: [row(2, 1, 1), { day: 1, hour: 1, sensor: 'north', value: null, revision: null, note: false }],
        },
        { kind: 'apply' },
        { kind: 'damage', damage: 'target dropped', nth: 3 },
        { kind: 'define', change: { outside: 'keep' } },
        { kind: 'run', day: 3, crash: null },
      ],
    ],
  ])('%s', (_, acts) => live(acts), 60_000);
});
