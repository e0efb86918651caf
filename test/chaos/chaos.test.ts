import { spawnSync } from 'node:child_process';

/** The long one is a command: npm run chaos -- --seed N --days 90 --kills 50 --postgres 5 --temporal 5 */
test('a backfill under five faults ends as an undisturbed one: every layer, to the row', () => {
  const words =
    '--seed 5 --days 10 --kills 1 --postgres 1 --temporal 1 --doubles 0 --losses 1 --cancels 0 --overlaps 1 --ticks 0'.split(
      ' ',
    );
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/launch/chaos.mjs', ...words], {
    encoding: 'utf8',
  });
  expect([status, stdout, stderr]).toEqual([0, expect.stringContaining('seed 5: holds'), expect.anything()]);
  expect(stdout).toContain('5 faults');
  expect(stdout.match(/equal$/gm)).toHaveLength(7);
}, 180_000);
