import type { Pipeline } from '../../../model/definition/pipeline';
import { counted } from '../../../model/run/counted';
import type { Database } from '../../../store/postgres/database';
import { pendingMigrations } from '../../../store/postgres/migrate';
import type { Rights } from '../../../store/postgres/rights';
import { rightsOf } from '../../../store/postgres/rights';
import type { ServerFacts } from '../../../store/postgres/server';
import { serverFacts } from '../../../store/postgres/server';
import { loadConfig } from '../../../workers/config';
import type { Finding } from './finding';
import { fine } from './finding';

/** A session that reads a divided table locks each part, and its two indexes. */
const LOCKS_A_PART = 3;

/** What PostgreSQL is, and what it lacks; whose it is does not matter. */
export async function postgresFindings(
  database: Database,
  register: readonly Pipeline[],
  where: 'given' | 'embedded',
): Promise<Finding[]> {
  const facts = await serverFacts(database);
  const schemas = register.flatMap(({ publish }) => publish.map(({ relation }) => relation.split('.')[0]!));
  const [rights, pending] = await Promise.all([
    rightsOf(database, [...new Set(['weir', ...schemas])]),
    pendingMigrations(database),
  ]);
  const { hostname, port, pathname } = new URL(database.url);
  const address = `${hostname}:${port || 5432}${pathname}, ${where === 'given' ? 'by DATABASE_URL' : 'embedded'}`;
  return [
    {
      what: 'PostgreSQL',
      ok: facts.version >= 150_000,
      found: `${facts.versionText} at ${address}`,
      fix: 'use PostgreSQL 15 or newer',
    },
    ...serverSettings(facts),
    locks(facts),
    ...rightsFindings(rights),
    pending.length === 0
      ? fine('schema', 'up to date')
      : { what: 'schema', ok: false, found: `lacks ${pending.join(', ')}`, fix: 'weir migrate' },
  ];
}

const serverSettings = (facts: ServerFacts): Finding[] => [
  {
    what: 'encoding',
    ok: facts.encoding === 'UTF8',
    found: facts.encoding,
    fix: `make the database anew: create database NAME encoding 'UTF8' template template0`,
  },
  {
    what: 'fsync',
    ok: facts.fsync,
    found: facts.fsync ? 'on' : 'off',
    fix: 'alter system set fsync = on, then pg_reload_conf(): without it a power failure loses what was published',
  },
  {
    what: 'synchronous_commit',
    ok: facts.synchronousCommit !== 'off',
    found: facts.synchronousCommit,
    fix: 'synchronous_commit = on: Weir sets it for its own commits; what others write can be lost by a crash',
  },
  {
    what: 'autovacuum',
    ok: facts.autovacuum,
    found: facts.autovacuum ? 'on' : 'off',
    fix: 'alter system set autovacuum = on, then pg_reload_conf(): reruns leave dead rows behind',
  },
  {
    what: 'connections',
    ok: facts.maxConnections >= 30,
    found: `${facts.maxConnections} at most`,
    fix: 'alter system set max_connections = 100, then a restart: each worker holds WEIR_POOL_MAX',
  },
];

/**
 * The lock table is shared by all sessions: each step of a worker may read the table with the most parts. Trouble where that has no room;
 * from half of it on, what to set is said beside.
 */
function locks({ maxLocks, maxConnections, mostParts }: ServerFacts): Finding {
  const room = maxLocks * maxConnections;
  const aPart = LOCKS_A_PART * stepsAtOnce();
  const most = Math.ceil(room / aPart) - 1;
  // Room for twice the parts there are, as a power of two.
  const enough = Math.max(2 * maxLocks, 2 ** Math.ceil(Math.log2((2 * mostParts * aPart) / maxConnections)));
  const set = `alter system set max_locks_per_transaction = ${enough}, then a restart`;
  return {
    what: 'max_locks_per_transaction',
    ok: mostParts <= most,
    found:
      `${maxLocks}, and ${maxConnections} connections: room for ${room} locks; the most divided table has ${counted(mostParts, 'part')} of ${most} that they hold` +
      (mostParts <= most && mostParts > most / 2 ? `; before it has more: ${set}` : ''),
    fix: `${set}: else steps end with out of shared memory (53200)`,
  };
}

function stepsAtOnce(): number {
  try {
    const { freshSlots, backfillSlots } = loadConfig(process.env);
    return freshSlots + backfillSlots;
  } catch {
    // Said by the finding about settings.
    return 12;
  }
}

function rightsFindings({ role, database, mayCreate, closed, foreign }: Rights): Finding[] {
  const lacks = [
    ...(mayCreate
      ? []
      : [
          {
            found: `${role} may make no schema in ${database}`,
            fix: `grant create on database "${database}" to "${role}"`,
          },
        ]),
    ...closed.map((schema) => ({
      found: `${role} may make no table in ${schema}`,
      fix: `grant usage, create on schema "${schema}" to "${role}"`,
    })),
    ...(foreign === 0
      ? []
      : [
          {
            found: `${foreign} tables of the ledger belong to another role than ${role}`,
            fix: `grant "OWNER" to "${role}", or connect as their owner`,
          },
        ]),
  ];
  if (lacks.length === 0) return [fine('rights', `${role} may make schemas and tables in ${database}`)];
  return lacks.map((lack) => ({ what: 'rights', ok: false, ...lack }));
}
