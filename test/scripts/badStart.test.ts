import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CliFixture, ended } from './cliFixture';

test('a syntax error in a definition is said as file, line, column, what and next: no stack', () => {
  const copy = mkdtempSync(path.resolve('.weir', 'test', 'syntax-'));
  try {
    for (const file of ['scripts', 'package.json', 'package-lock.json', 'weir.config.ts'])
      cpSync(file, path.join(copy, file), { recursive: true });
    symlinkSync(path.resolve('node_modules'), path.join(copy, 'node_modules'));
    writeFileSync(path.join(copy, 'weir.config.ts'), 'export const orders = {\n  name: "orders,\n};\n');
    const said = spawnSync(process.execPath, ['scripts/launch/weir.mjs', 'status'], { cwd: copy, encoding: 'utf8' });
    expect(said.status).toBe(1);
    expect(said.stderr).toMatch(/^weir\.config\.ts:2:\d+: Unterminated string literal\n {2}name: "orders,\n/);
    expect(said.stderr).toMatch(/\n {2}Next: fix it there/);
    expect(said.stderr.trim().split('\n')).toHaveLength(4);
  } finally {
    rmSync(copy, { recursive: true });
  }
});

test('migrate without rights says whose right is missing', async () => {
  const cli = await CliFixture.open();
  const role = `no_rights_${process.pid}`;
  try {
    await cli.db.database.query(`create role ${role} login password 'x'`);
    await cli.db.database.query('drop schema weir cascade');
    const url = new URL(cli.db.url);
    Object.assign(url, { username: role, password: 'x' });
    const said = await cli.weir('migrate', { DATABASE_URL: url.href });
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/PostgreSQL refused \(42501\): permission denied for database/);
    expect(said.err).toMatch(/Next: give the role of DATABASE_URL that right/);
  } finally {
    await cli.db.database.query(`drop role if exists ${role}`);
    await cli.close();
  }
});

test('a worker that is told twice to end, as npm and a terminal do, drains all the same', async () => {
  const cli = await CliFixture.open();
  try {
    await cli.weir('migrate');
    const worker = await cli.worker();
    const end = ended(worker, 'SIGTERM');
    setTimeout(() => worker.kill('SIGTERM'), 20);
    expect(await end).toBe(0);
  } finally {
    await cli.close();
  }
});
