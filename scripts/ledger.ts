import { Misused } from '../model/errors';
import { Database } from '../store/database';
import { pendingMigrations } from '../store/migrate';
import { homeFolder } from './home';
import { openServices } from './services/services';

/** Opens the ledger for a verb that only looks: PostgreSQL as given, as shared, or started for this one command; Temporal is not needed. */
export async function withLedger<T>(
  body: (database: Database) => Promise<T>,
  options: { migrated?: boolean } = {},
): Promise<T> {
  const services = await openServices({ home: homeFolder(), need: ['postgres'] });
  try {
    const database = Database.open(services.databaseUrl, { max: 6 });
    try {
      if (options.migrated !== false && (await pendingMigrations(database)).length > 0) {
        throw new Misused('the ledger is not there yet, or older than this code', {
          next: 'weir migrate (weir up and npm start do it too)',
          stillTrue: 'nothing was changed',
        });
      }
      return await body(database);
    } finally {
      await database.close();
    }
  } finally {
    await services.close();
  }
}
