import { mkdtempSync, rmSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Unavailable } from '../../model/run/errors';
import { startPostgres } from '../../scripts/services/postgres';
import { isAlive } from '../../scripts/services/processes';
import { openServices } from '../../scripts/services/services';
import { startTemporal } from '../../scripts/services/temporal';
import { Database } from '../../store/postgres/database';

describe('embedded services', () => {
  let home: string;
  beforeEach(() => (home = mkdtempSync(path.join('.weir', 'test', 'services-'))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  async function taken<T>(body: (port: number) => Promise<T>): Promise<T> {
    // It takes connections and never answers.
    const sockets: Socket[] = [];
    const server = await new Promise<Server>((resolve) => {
      const listening = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1', () => resolve(listening));
    });
    try {
      return await body((server.address() as { port: number }).port);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  test('a port in use is said, with the log to look at, and nothing is left running', async () => {
    await taken(async (port) => {
      const refused = await startPostgres({ home, port }).catch((error: unknown) => error as Unavailable);
      expect(refused).toMatchObject({ name: 'Unavailable', next: expect.stringContaining('postgres.log') as string });
      expect((refused as Unavailable).message).toMatch(/PostgreSQL did not start: .*Address already in use/);
      await expect(startTemporal({ home, port })).rejects.toMatchObject({
        message: expect.stringMatching(/Temporal did not start: .*address already in use/) as string,
        next: expect.stringContaining('temporal.log') as string,
      });
    });
  });

  test('a server whose starter was killed is taken over, and a crashed one starts again with its data', async () => {
    const first = await startPostgres({ home });
    const database = Database.open(first.url);
    await database.query('create table kept as select 42 as answer');
    await database.close();
    // Nobody remembers `first`: what a killed command leaves behind.
    const second = await startPostgres({ home });
    expect(second.pid).toBe(first.pid);
    second.kill();
    while (isAlive(second.pid)) await new Promise((resolve) => setTimeout(resolve, 20));
    const third = await startPostgres({ home });
    const again = Database.open(third.url);
    expect(await again.query('select answer from kept')).toEqual([{ answer: 42 }]);
    await again.close();
    await third.stop();
    expect(isAlive(third.pid)).toBe(false);
  });

  test('ports are kept over a restart, as long as nobody else took them', async () => {
    const addresses = async (): Promise<string[]> => {
      const [postgres, temporal] = [await startPostgres({ home }), await startTemporal({ home })];
      await Promise.all([postgres.stop(), temporal.stop()]);
      return [new URL(postgres.url).port, temporal.address, temporal.uiUrl];
    };
    const first = await addresses();
    expect(await addresses()).toEqual(first);
    const other = createServer().listen(Number(first[0]), '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    try {
      const postgres = await startPostgres({ home });
      await postgres.stop();
      expect(new URL(postgres.url).port).not.toBe(first[0]);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  test('two commands share what the first started; it ends with the first', async () => {
    const given = process.env['DATABASE_URL'];
    delete process.env['DATABASE_URL'];
    try {
      const [one, two] = await Promise.all([
        openServices({ home, need: ['postgres'] }),
        openServices({ home, need: ['postgres'] }),
      ]);
      expect(one.databaseUrl).toBe(two.databaseUrl);
      expect([...one.started, ...two.started]).toEqual(['postgres']);
      await one.close();
      await two.close();
      await expect(Database.open(one.databaseUrl).query('select 1')).rejects.toMatchObject({ name: 'Unavailable' });
    } finally {
      if (given) process.env['DATABASE_URL'] = given;
    }
  });
});
