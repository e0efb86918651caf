import fc from 'fast-check';
import type { Act } from './acts';
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
