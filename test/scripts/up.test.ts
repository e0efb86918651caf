import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { answersNow } from '../../client/workers';
import { ended } from './cliFixture';

const ROOMS = 'pipelines sources sinks checks model cleaning store activities workflows workers client scripts'.split(
  ' ',
);

const definition = (name: string, window = 'whole'): string => `
export const ${name} = definePipeline({
  name: '${name}',
  description: 'who came',
  owners: ['shop@example.test'],
  source: csvFiles({ path: 'visits.csv' }),
  window: '${window}',
  schedule: 'manual',
  cleaned: cleaned({
    name: '${name}_rows',
    columns: { at: timestamptz(), place: text() },
    key: ['at'],
  }),
});
`;
const file = (...definitions: string[]): string =>
  [
    `import { cleaned, definePipeline, text, timestamptz } from '../model';`,
    `import { csvFiles } from '../sources';`,
    ...definitions,
  ].join('\n');

describe('up', () => {
  const copy = mkdtempSync(path.resolve('.weir', 'test', 'up-'));
  const home = path.join(copy, '.weir');
  let running: ChildProcess;
  let out = '';
  let err = '';
  const env = { ...process.env };
  for (const name of Object.keys(env)) if (/^(DATABASE_URL|TEMPORAL_|WEIR_)/.test(name)) delete env[name];
  if (process.env['TEMPORAL_CLI_PATH']) env['TEMPORAL_CLI_PATH'] = process.env['TEMPORAL_CLI_PATH'];

  const weir = (...words: string[]): ChildProcess =>
    spawn(process.execPath, ['scripts/launch/weir.mjs', ...words], {
      cwd: copy,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  async function said(...words: string[]): Promise<{ code: number; out: string }> {
    const child = weir(...words);
    let text = '';
    for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (text += String(chunk)));
    return new Promise((resolve) => child.once('close', (code) => resolve({ code: code ?? -1, out: text })));
  }
  async function until(words: string): Promise<void> {
    const began = Date.now();
    while (!err.includes(words)) {
      if (running.exitCode !== null || Date.now() - began > 30_000) throw new Error(`up did not say ${words}: ${err}`);
      await wait(50);
    }
  }
  async function save(text: string, answer: string): Promise<string> {
    err = '';
    writeFileSync(path.join(copy, 'pipelines', 'visits.ts'), text);
    await until(answer);
    return err;
  }

  beforeAll(async () => {
    for (const name of [...ROOMS, 'package.json', 'package-lock.json', 'weir.config.ts'])
      cpSync(name, path.join(copy, name), { recursive: true });
    symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
    mkdirSync(path.join(home, 'logs'), { recursive: true, mode: 0o755 });
    symlinkSync(path.resolve('.weir', 'bin'), path.join(home, 'bin'));
    writeFileSync(path.join(copy, 'visits.csv'), 'at,place\n2024-05-01T10:00:00Z,Oslo\n2024-05-01T11:00:00Z,Rome\n');
    writeFileSync(path.join(copy, 'pipelines', 'visits.ts'), file(definition('visits')));
    writeFileSync(
      path.join(copy, 'pipelines', 'index.ts'),
      `import * as visits from './visits';\nexport const pipelines = Object.values(visits);\n`,
    );
    running = weir('up');
    running.stdout!.on('data', (chunk: Buffer) => (out += String(chunk)));
    running.stderr!.on('data', (chunk: Buffer) => (err += String(chunk)));
    await until('Ctrl-C drains');
  }, 60_000);
  afterAll(async () => {
    expect(await ended(running, 'SIGTERM')).toBe(0);
    rmSync(copy, { recursive: true, force: true });
  });

  test("prints no password: psql reads a file that is its owner's alone, as the logs are; a table of one window is given no range", () => {
    const { databaseUrl } = JSON.parse(readFileSync(path.join(home, 'services.json'), 'utf8')) as {
      databaseUrl: string;
    };
    const { password, port } = new URL(databaseUrl);
    expect(out).not.toContain(password);
    expect(out).toContain(`psql             PGSERVICEFILE=${path.join(home, 'pg_service.conf')} psql service=weir\n`);
    const service = readFileSync(path.join(home, 'pg_service.conf'), 'utf8');
    expect(service).toMatch(
      new RegExp(`^\\[weir\\]\nhost=127.0.0.1\nport=${port}\ndbname=weir\nuser=weir\npassword=${password}\n$`),
    );
    const modes = ['pg_service.conf', 'logs', 'logs/postgres.log', 'logs/temporal.log'].map(
      (name) => statSync(path.join(home, name)).mode & 0o777,
    );
    expect(modes).toEqual([0o600, 0o700, 0o600, 0o600]);
    expect(out).toMatch(/Next +weir status, weir run visits\n/);
  });

  test('serves what is saved without a restart; a broken definition is said by file and line, and the former worker goes on', async () => {
    expect((await said('run', 'visits')).code).toBe(0);
    const syntax = await save(file(definition('visits'), 'export const guests = {'), 'goes on with what it had');
    expect(syntax).toMatch(
      /^pipelines\/visits\.ts: not taken up\n {2}pipelines\/visits\.ts:\d+:\d+: Expected identifier but found end of file\n/,
    );
    const unknown = await save(file(definition('visits', '5x')), 'goes on with what it had');
    expect(unknown).toMatch(/^pipelines\/visits\.ts: not taken up\n {2}pipelines\/visits\.ts:\d+: .*5x/);
    const { temporal } = JSON.parse(readFileSync(path.join(home, 'services.json'), 'utf8')) as {
      temporal: { address: string };
    };
    const connection = await Connection.connect({ address: temporal.address });
    expect(await answersNow(new Client({ connection }))).toBe(true);
    await connection.close();

    const taken = await save(file(definition('visits'), definition('guests')), 'taken up');
    expect(taken).toBe('pipelines/visits.ts: taken up; serves guests, visits\n');
    // What a definition reads is of it; the code of Weir itself is not, and that is said.
    err = '';
    writeFileSync(path.join(copy, 'pipelines', 'places.json'), '[]');
    await until('pipelines/places.json: taken up');
    err = '';
    writeFileSync(path.join(copy, 'model', 'mine.ts'), 'export const mine = 1;\n');
    await until('model/mine.ts: code of Weir itself, taken up by a restart of weir up');
    const run = await said('run', 'guests');
    expect([run.code, run.out]).toEqual([0, expect.not.stringContaining('no worker')]);
    const doctor = await said('doctor');
    expect([doctor.code, doctor.out.split('\n')[0]]).toEqual([0, 'all is well']);
  }, 60_000);
});
