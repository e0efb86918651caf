import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findTemporalCli, findTestServer } from '../../scripts/services/binaries';
import { startPostgres } from '../../scripts/services/postgres';
import { patched } from '../patch';
import { jest } from './jest';
import type { Mutant } from './mutant';
import { MUTANTS } from './mutants';
import { Tree } from './tree';

const HOME = path.join('.weir', 'mutants');

/** Asked where the tests that should catch a mutant do not. */
const MORE = ['test/activities', 'test/store/(fence|readers|planning)'];

/**
 * `npm run mutants [-- --only NAME]`: takes away one condition that guards the promise at a time, in a copy of the tree, and says which test sees it. Exit code 1
 * where none does.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string', multiple: true, default: [] } } });
  const mutants = MUTANTS.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  if (mutants.length === 0) throw new RangeError(`--only ${values.only.join()} is none of ${names(MUTANTS)}`);
  // All of them first: one that does not fit is known at once.
  for (const mutant of mutants) patched(readFileSync(mutant.file, 'utf8'), mutant);
  const began = Date.now();
  const [cli, server] = await Promise.all([findTemporalCli(), findTestServer()]);
  // Its data may be lost at any moment: nothing here asks what a disk keeps.
  const settings = { shared_buffers: '256MB', fsync: 'off', full_page_writes: 'off' };
  const postgres = await startPostgres({ home: HOME, settings });
  try {
    const tree = Tree.copy(path.resolve(HOME, 'tree'));
    const env = {
      ...process.env,
      ...{ WEIR_TEST_DATABASE_URL: postgres.url, TEMPORAL_CLI_PATH: cli, TEMPORAL_TEST_SERVER_PATH: server },
    };
    const run = (tests: readonly string[]): ReturnType<typeof jest> => jest(tree.folder, tests, env);
    const sane = await run([...new Set(mutants.flatMap(({ tests }) => tests))]);
    if (sane.failed ?? sane.unusable)
      throw new Error(`the tests fail with nothing taken away: ${sane.failed ?? sane.unusable}`);
    let survived = 0;
    for (const mutant of mutants) {
      const started = Date.now();
      const verdict = await tree.with(mutant, () => judged(mutant, run));
      if (!verdict.startsWith('killed')) survived++;
      process.stdout.write(`mutant ${mutant.name}: ${verdict}  (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
    }
    process.stdout.write(
      `${mutants.length - survived} of ${mutants.length} killed in ${((Date.now() - began) / 60_000).toFixed(1)} min\n`,
    );
    process.exitCode = survived === 0 ? 0 : 1;
  } finally {
    await postgres.stop();
  }
}

async function judged(mutant: Mutant, run: (tests: readonly string[]) => ReturnType<typeof jest>): Promise<string> {
  for (const tests of [mutant.tests, MORE]) {
    const { failed, unusable } = await run(tests);
    if (failed !== null) return `killed by ${failed}`;
    if (unusable !== null) return `UNDECIDED: ${unusable}`;
  }
  return `SURVIVED: ${mutant.guards} is held by no test`;
}

const names = (some: readonly Mutant[]): string => some.map(({ name }) => name).join(', ');

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
