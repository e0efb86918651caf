import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { freePort } from './processes';

export type PortName = 'postgres' | 'temporal' | 'webUi';

/** The port that this project had for it before, where nobody took it meanwhile; else a free one, kept for the next time: links and bookmarks hold. */
export async function keptPort(home: string, name: PortName): Promise<number> {
  const file = path.join(home, 'ports.json');
  const kept = read(file);
  const former = kept[name];
  if (former !== undefined && (await isFree(former))) return former;
  const port = await freePort();
  writeFileSync(file, `${JSON.stringify({ ...kept, [name]: port })}\n`, { mode: 0o600 });
  return port;
}

function read(file: string): Partial<Record<PortName, number>> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Record<PortName, number>>;
  } catch {
    // Half written by a killed command: other ports are as good.
    return {};
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
