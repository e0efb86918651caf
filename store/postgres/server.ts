import type { Database } from './database';

/** Facts of the PostgreSQL server that matter to a person who runs pipelines on it. */
export async function serverFacts(
  database: Database,
): Promise<{ version: number; versionText: string; fsync: boolean; autovacuum: boolean; maxConnections: number }> {
  const [row] = await database.query<{
    version: number;
    versionText: string;
    fsync: boolean;
    autovacuum: boolean;
    maxConnections: number;
  }>(
    `select current_setting('server_version_num')::integer as version,
            current_setting('server_version') as "versionText",
            current_setting('fsync')::boolean as fsync,
            current_setting('autovacuum')::boolean as autovacuum,
            current_setting('max_connections')::integer as "maxConnections"`,
  );
  return row!;
}
