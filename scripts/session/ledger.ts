import { Misused } from '../../model/run/errors';
import { Database } from '../../store/postgres/database';
import { pendingMigrations } from '../../store/postgres/migrate';
import { loadConfig } from '../../workers/config';
import type { Need, Services } from '../services/services';
import { openServices } from '../services/services';

/** Opens the ledger for a verb that only looks: PostgreSQL as given, as shared, or started for this one command; Temporal is not needed. */
export function withLedger<T>(
  body: (database: Database) => Promise<T>,
  options: { migrated?: boolean } = {},
): Promise<T> {
  return withServices(['postgres'], body, options);
}

/** The same, with Temporal where it is needed. */
export async function withServices<T>(
  need: readonly Need[],
  body: (database: Database, services: Services) => Promise<T>,
  options: { migrated?: boolean } = {},
): Promise<T> {
  const services = await openServices({ home: loadConfig(process.env).home, need });
  try {
    const database = Database.open(services.databaseUrl, { max: 6 });
    try {
      if (options.migrated !== false && (await pendingMigrations(database)).length > 0) {
        throw new Misused('the ledger is not there yet, or older than this code', {
          next: 'weir migrate (weir up and npm start do it too)',
          stillTrue: 'nothing was changed',
        });
      }
      return await body(database, services);
    } finally {
      await database.close();
    }
  } finally {
    await services.close();
  }
}
