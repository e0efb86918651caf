import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Where libpq finds how to reach the embedded PostgreSQL: a file of its owner's alone, so that no command line holds the password. */
const serviceFile = (home: string): string => path.resolve(home, 'pg_service.conf');

/** Writes it for the server at `url`, which may listen elsewhere than before. */
export function writeServiceFile(home: string, url: string): void {
  const { hostname, port, pathname, username, password } = new URL(url);
  const lines = [
    '[weir]',
    `host=${hostname}`,
    `port=${port}`,
    `dbname=${pathname.slice(1)}`,
    `user=${username}`,
    `password=${decodeURIComponent(password)}`,
  ];
  writeFileSync(serviceFile(home), `${lines.join('\n')}\n`, { mode: 0o600 });
  chmodSync(serviceFile(home), 0o600);
}

/** What a person types for a prompt of psql, and no password in it. */
export const psqlLine = (home: string): string =>
  process.env['DATABASE_URL'] ? 'psql "$DATABASE_URL"' : `PGSERVICEFILE=${quoted(serviceFile(home))} psql service=weir`;

// As a shell reads it.
const quoted = (text: string): string => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
