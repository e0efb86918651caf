import { statfsSync } from 'node:fs';
import { Database } from '../../store/postgres/database';
import { pendingMigrations } from '../../store/postgres/migrate';
import { serverFacts } from '../../store/postgres/server';
import { homeFolder, loadConfig } from '../../workers/config';
import { openServices } from '../services/services';
import { EXIT } from '../terminal/errors';
import { printList } from '../terminal/print';
import { aligned } from '../terminal/table';
import { webUiLines } from '../terminal/webUi';
import type { Verb } from '../verb';

interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix: string;
}

const FREE_BYTES = 2 * 2 ** 30;

/** `weir doctor`: what is wrong here, each with its fix; exit 1 when something is. */
export const doctor: Verb = async (_, options) => {
  const findings: Finding[] = [nodeVersion(), diskSpace(), settings()];
  let lists: string[] = [];
  try {
    const services = await openServices({ home: homeFolder(process.env), need: ['postgres', 'temporal'] });
    try {
      findings.push(
        { what: 'Temporal', ok: true, found: `answers at ${services.temporal.address}`, fix: '' },
        webUi(services.temporal.uiUrl),
        ...(await postgres(services.databaseUrl)),
      );
      // What this command started it also stops: its address is of no use then.
      if (!services.started.includes('temporal')) lists = webUiLines(services.temporal);
    } finally {
      await services.close();
    }
  } catch (error) {
    const { message, next } = error as { message: string; next?: string };
    findings.push({ what: 'services', ok: false, found: message, fix: next ?? 'see .weir/logs' });
  }
  const bad = findings.filter((finding) => !finding.ok);
  printList(options, findings, () => [
    bad.length === 0 ? 'all is well' : `${bad.length} ${bad.length === 1 ? 'thing needs' : 'things need'} a fix`,
    '',
    ...aligned(
      findings.map((finding) => ({
        '': finding.ok ? 'ok' : 'TROUBLE',
        what: finding.what,
        found: finding.found,
        fix: finding.ok ? '' : finding.fix,
      })),
    ),
    ...(lists.length > 0 ? ['', 'Temporal Web UI', ...lists] : []),
  ]);
  return bad.length === 0 ? EXIT.done : EXIT.failed;
};

function nodeVersion(): Finding {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const ok = major! > 20 || (major === 20 && minor! >= 12);
  return { what: 'Node', ok, found: process.versions.node, fix: 'install Node 20.12 or newer' };
}

const webUi = (url: string | undefined): Finding => ({
  what: 'Web UI',
  ok: true,
  found: url ?? 'not told where: WEIR_WEB_UI=https://…, and its lists are linked here',
  fix: '',
});

function diskSpace(): Finding {
  const { bavail, bsize } = statfsSync('.');
  const free = bavail * bsize;
  return {
    what: 'disk',
    ok: free > FREE_BYTES,
    found: `${(free / 2 ** 30).toFixed(1)} GiB free`,
    fix: 'make room: a full disk stops every write',
  };
}

function settings(): Finding {
  try {
    loadConfig(process.env);
    return { what: 'settings', ok: true, found: 'WEIR_… as documented', fix: '' };
  } catch (error) {
    return { what: 'settings', ok: false, found: (error as Error).message, fix: 'see docs/operating.md' };
  }
}

async function postgres(url: string): Promise<Finding[]> {
  const database = Database.open(url, { max: 2 });
  try {
    const facts = await serverFacts(database);
    const pending = await pendingMigrations(database);
    return [
      { what: 'PostgreSQL', ok: facts.version >= 150_000, found: facts.versionText, fix: 'use PostgreSQL 15 or newer' },
      {
        what: 'fsync',
        ok: facts.fsync,
        found: facts.fsync ? 'on' : 'off',
        fix: 'fsync = on: without it a power failure loses what was published',
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
        fix: 'autovacuum = on: reruns leave dead rows behind',
      },
      {
        what: 'connections',
        ok: facts.maxConnections >= 30,
        found: `${facts.maxConnections} at most`,
        fix: 'max_connections = 100: each worker holds WEIR_POOL_MAX',
      },
      {
        what: 'schema',
        ok: pending.length === 0,
        found: pending.length === 0 ? 'up to date' : `lacks ${pending.join(', ')}`,
        fix: 'weir migrate',
      },
    ];
  } finally {
    await database.close();
  }
}
