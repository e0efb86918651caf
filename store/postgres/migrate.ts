import { readdirSync } from 'node:fs';
import path from 'node:path';
import { SchemaNewer } from '../../model/run/errors';
import type { Database } from './database';
import { classify } from './errors';

const FOLDER = path.join(__dirname, 'migrations');
const TABLE = 'schema_versions';

/** Names of the migrations this code brings, in order. */
function ownMigrations(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => path.basename(file, '.sql'))
    .sort();
}

/**
 * Brings the ledger's schema to this code's version; a second call changes nothing, two at once wait for each other.
 * Returns the migrations it ran. @throws SchemaNewer when newer code was here before.
 */
export async function migrate(database: Database): Promise<string[]> {
  const pending = await pendingMigrations(database);
  if (pending.length === 0) return [];
  // An ES module without a CommonJS door; `import()` is the way in from CommonJS.
  const { runner } = await import('node-pg-migrate');
  await database.query('create schema if not exists weir');
  const ran = await runner({
    databaseUrl: database.url,
    dir: FOLDER,
    direction: 'up',
    migrationsTable: TABLE,
    migrationsSchema: 'weir',
    schema: 'public',
    advisoryLockMode: 'wait',
    singleTransaction: true,
    log: () => undefined,
  } as never).catch((error: unknown) => {
    throw classify(error);
  });
  return (ran as { name: string }[]).map((migration) => migration.name);
}

/** Migrations that the database lacks. @throws SchemaNewer when it has some that this code does not know. */
export async function pendingMigrations(database: Database): Promise<string[]> {
  const [there] = await database.query<{ there: boolean }>(`select to_regclass('weir.${TABLE}') is not null as there`);
  const done = there?.there
    ? (await database.query<{ name: string }>(`select name from weir.${TABLE} order by id`)).map((row) => row.name)
    : [];
  const own = ownMigrations();
  const unknown = done.filter((name) => !own.includes(name));
  if (unknown.length > 0) {
    throw new SchemaNewer(`the database's schema has ${unknown.join(', ')}, which this code does not know`, {
      next: 'run the newer code that migrated it (or restore a backup from before)',
      stillTrue: 'nothing was changed; the newer workers go on',
    });
  }
  return own.filter((name) => !done.includes(name));
}
