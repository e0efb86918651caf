import { findTemporalCli, findTestServer } from '../../scripts/services/binaries';
import type { PostgresService } from '../../scripts/services/postgres';
import { startPostgres } from '../../scripts/services/postgres';
import { Database } from '../../store/postgres/database';
import { migrate } from '../../store/postgres/migrate';
import { TEMPLATE } from '../../testing/testDatabase';
import { EARLIER, earlierLedgerSql } from '../fixtures/ledger-a1c96b4/sql';

declare global {
  var weirTestPostgres: PostgresService | undefined;
}

const HOME = '.weir/test';

/** One real PostgreSQL for all test files (DATABASE_URL's where given), migrated template databases (one empty, one that an earlier version filled), and the Temporal binaries. */
export default async function globalSetup(): Promise<void> {
  const given = process.env['WEIR_TEST_DATABASE_URL'] ?? process.env['DATABASE_URL'];
  // Nothing of it outlives the tests, and no test cuts its power: without fsync they take half the time.
  const settings = { shared_buffers: '256MB', fsync: 'off' };
  if (!given) globalThis.weirTestPostgres = await startPostgres({ home: HOME, settings });
  const url = given ?? globalThis.weirTestPostgres!.url;
  process.env['WEIR_TEST_DATABASE_URL'] = url;
  await makeTemplate(url, TEMPLATE);
  await makeTemplate(url, EARLIER, earlierLedgerSql());
  const [cli, server] = await Promise.all([findTemporalCli(), findTestServer()]);
  if (cli) process.env['WEIR_TEMPORAL_CLI_PATH'] = cli;
  if (server) process.env['WEIR_TEST_SERVER_PATH'] = server;
}

async function makeTemplate(url: string, name: string, earlier?: string): Promise<void> {
  const admin = Database.open(url, { max: 1 });
  try {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.query(`create database ${name} template template0`);
    const template = new URL(url);
    template.pathname = `/${name}`;
    const database = Database.open(template.href, { max: 2 });
    if (earlier !== undefined) await database.query(earlier);
    await migrate(database);
    await database.close();
  } finally {
    await admin.close();
  }
}
