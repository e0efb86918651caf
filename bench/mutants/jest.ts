import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

/** What a test run says: the first test that failed, `null` when all passed. */
export interface Told {
  readonly failed: string | null;
  /** No test ran at all: the code does not load, or the run took for ever. */
  readonly unusable: string | null;
}

interface Report {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

const LIMIT_MS = 300_000;

/** Runs the test files of `folder` that match, against the PostgreSQL of `env`; ends at the first file that fails. */
export async function jest(folder: string, tests: readonly string[], env: NodeJS.ProcessEnv): Promise<Told> {
  const report = path.join(folder, 'report.json');
  rmSync(report, { force: true });
  const words = [...tests, '--bail=1', '--silent', '--json', `--outputFile=${report}`];
  const child = spawn(process.execPath, [path.join(folder, 'node_modules/jest/bin/jest.js'), ...words], {
    ...{ cwd: folder, env, stdio: ['ignore', 'ignore', 'ignore'] },
    timeout: LIMIT_MS,
    killSignal: 'SIGTERM',
  });
  await new Promise((resolve) => child.once('close', resolve));
  if (!existsSync(report)) return { failed: null, unusable: `no verdict within ${LIMIT_MS / 1000} s` };
  const { testResults, numTotalTests } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  for (const { name, assertionResults } of testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed) return { failed: `${path.relative(folder, name)}: ${failed.fullName}`, unusable: null };
  }
  const broken = testResults.find(({ message, assertionResults }) => message !== '' && assertionResults.length === 0);
  if (broken) return { failed: null, unusable: broken.message.split('\n').slice(0, 6).join(' ') };
  return { failed: null, unusable: numTotalTests === 0 ? `no test matches ${tests.join(' ')}` : null };
}
