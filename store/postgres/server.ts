import { quoteIdent } from '../../model/definition/sql';
import { Database } from './database';

/** Facts of the PostgreSQL server that matter to a person who runs pipelines on it. */
export interface ServerFacts {
  readonly version: number;
  readonly versionText: string;
  readonly fsync: boolean;
  readonly autovacuum: boolean;
  readonly maxConnections: number;
  /** What a session gets that does not ask: on, off, local, remote_write or remote_apply. */
  readonly synchronousCommit: string;
  readonly encoding: string;
  /** Of each session on average; all share the room. */
  readonly maxLocks: number;
  /** Partitions of the table of ours that has the most. */
  readonly mostParts: number;
}

export async function serverFacts(database: Database): Promise<ServerFacts> {
  const asServed = Database.open(database.url, { max: 1, settings: 'as served' });
  try {
    return await factsOf(asServed);
  } finally {
    await asServed.close();
  }
}

async function factsOf(database: Database): Promise<ServerFacts> {
  const [row] = await database.query<ServerFacts>(
    `select current_setting('server_version_num')::integer as version,
            current_setting('server_version') as "versionText",
            current_setting('fsync')::boolean as fsync,
            current_setting('autovacuum')::boolean as autovacuum,
            current_setting('synchronous_commit') as "synchronousCommit",
            current_setting('max_connections')::integer as "maxConnections",
            current_setting('server_encoding') as encoding,
            current_setting('max_locks_per_transaction')::integer as "maxLocks",
            coalesce((select count(*)::integer
                        from pg_inherits i
                        join pg_class c on c.oid = i.inhparent
                        join pg_namespace n on n.oid = c.relnamespace
                       where c.relkind = 'p'
                         and n.nspname like 'weir%'
                       group by i.inhparent
                       order by 1 desc
                       limit 1), 0) as "mostParts"`,
  );
  return row!;
}

/** Resolves when PostgreSQL at `url` answers. @throws Unavailable when it does not. */
export function assertAnswers(url: string): Promise<void> {
  return withDatabase(url, async (database) => void (await database.query('select 1')));
}

/** True when PostgreSQL at `url` answers, asked at its database `name` where one is given. */
export async function answers(url: string, name?: string): Promise<boolean> {
  return assertAnswers(name === undefined ? url : withName(url, name)).then(
    () => true,
    () => false,
  );
}

/** Makes the database that `url` names, unless it is there. */
export function ensureDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  return withDatabase(withName(url, 'postgres'), async (admin) => {
    const existing = await admin.query('select from pg_database where datname = $1', [name]);
    if (existing.length === 0) await admin.query(`create database ${quoteIdent(name)}`);
  });
}

async function withDatabase<T>(url: string, body: (database: Database) => Promise<T>): Promise<T> {
  const database = Database.open(url, { max: 1 });
  try {
    return await body(database);
  } finally {
    await database.close();
  }
}

function withName(url: string, name: string): string {
  const named = new URL(url);
  named.pathname = `/${name}`;
  return named.href;
}
