import { readFileSync, statfsSync } from 'node:fs';
import { SETTINGS, loadConfig } from '../../../workers/config';
import type { Finding } from './finding';
import { fine } from './finding';

const FREE_BYTES = 2 * 2 ** 30;

/** What can be seen without asking anybody: versions, disk, settings. */
export const hereFindings = (): Finding[] => [weirVersion(), nodeVersion(), diskSpace(), settings(), unset()];

function weirVersion(): Finding {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return fine('Weir', version);
}

function nodeVersion(): Finding {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const ok = major! > 20 || (major === 20 && minor! >= 12);
  return { what: 'Node', ok, found: process.versions.node, fix: 'install Node 20.12 or newer' };
}

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
    const given = Object.values(SETTINGS).filter(({ name }) => process.env[name] !== undefined);
    return fine(
      'settings',
      given.length === 0 ? 'none of WEIR_… is set' : given.map(({ name }) => `${name}=${process.env[name]}`).join(', '),
    );
  } catch (error) {
    return { what: 'settings', ok: false, found: (error as Error).message, fix: 'see docs/operating.md' };
  }
}

/** What a setting is that nobody set. */
function unset(): Finding {
  const open = Object.values(SETTINGS).filter(({ name }) => process.env[name] === undefined);
  return fine(
    'unset',
    open.map((one) => `${one.name} (${one.default === '' ? 'none' : one.default})`).join(', ') || 'none',
  );
}
