import type { Database } from './database';

/** What the role of DATABASE_URL may do, as far as Weir needs it. */
export interface Rights {
  readonly role: string;
  readonly database: string;
  /** Schemas, where they are missing. */
  readonly mayCreate: boolean;
  /** Of the schemas asked about, those that are there and in which it may make nothing. */
  readonly closed: readonly string[];
  /** Relations of the ledger that it does not own, and so cannot change. */
  readonly foreign: number;
}

/** Asks PostgreSQL; schemas that are missing are no lack where the role may make them. */
export async function rightsOf(database: Database, schemas: readonly string[]): Promise<Rights> {
  const [row] = await database.query<Rights>(
    `select current_user as role,
            current_database() as database,
            has_database_privilege(current_database(), 'create') as "mayCreate",
            coalesce((select array_agg(n.nspname::text order by n.nspname)
                        from pg_namespace n
                       where n.nspname = any($1)
                         and not (has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create'))),
                     '{}') as closed,
            (select count(*)::integer
               from pg_class c
               join pg_namespace n on n.oid = c.relnamespace
              where n.nspname = 'weir'
                and c.relkind in ('r', 'p')
                and not pg_has_role(c.relowner, 'usage')) as "foreign"`,
    [schemas],
  );
  return row!;
}
