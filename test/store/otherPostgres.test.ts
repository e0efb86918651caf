import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseWindow } from '../../model/time/window';
import type { Spawned } from '../../scripts/services/processes';
import { end, freePort, spawnServer, untilReady } from '../../scripts/services/processes';
import { Database } from '../../store/postgres/database';
import { answers } from '../../store/postgres/server';
import { verifyRange } from '../../store/proof/verify';
import { explainDefinitions } from '../../store/schema/explain';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { ActivityRunner } from '../../testing/activityRunner';
import { readingsCsv, sensors } from '../setup/sensors';

const ROOT = '/usr/lib/postgresql';
const installed = existsSync(ROOT)
  ? readdirSync(ROOT).filter(
      (version) => Number(version) >= 15 && existsSync(path.join(ROOT, version, 'bin', 'initdb')),
    )
  : [];

// Installed by the system, where it is: other versions, other settings and another locale than the embedded one.
(installed.length > 0 ? describe.each(installed) : describe.skip.each(['none is installed']))(
  "the system's own PostgreSQL %s",
  (version) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'weir-other-postgres-'));
    let server: Spawned;
    let database: Database;

    beforeAll(async () => {
      // PostgreSQL refuses to run as root.
      const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']));
      const as = process.getuid?.() === 0 ? { uid: id('-u'), gid: id('-g') } : undefined;
      if (as) chownSync(folder, as.uid, as.gid);
      const bin = (name: string): string => path.join(ROOT, version, 'bin', name);
      const data = path.join(folder, 'data');
      execFileSync(bin('initdb'), ['-D', data, '-U', 'weir', '-A', 'trust', '--no-sync'], { ...as, cwd: folder });
      const port = await freePort();
      const log = path.join(folder, 'log');
      const args = ['-D', data, '-p', String(port), '-k', '', '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
      server = spawnServer(bin('postgres'), args, log, { ...as, cwd: folder });
      const url = `postgres://weir@127.0.0.1:${port}/postgres`;
      await untilReady('PostgreSQL', server, log, () => answers(url));
      database = Database.open(url, { max: 8 });
    });

    afterAll(async () => {
      await database?.close();
      await end(server.pid, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    });

    test('takes the ledger and a pipeline: published, run again without a change, verified, explained', async () => {
      const { pipeline, files } = sensors({ latestBy: true });
      execFileSync(process.execPath, ['scripts/launch/weir.mjs', 'migrate'], {
        env: { ...process.env, DATABASE_URL: database.url },
      });
      await ensureLayerTables(database, [pipeline]);
      files.write(
        'a.csv',
        readingsCsv(
          '2024-05-01T01:00Z north 3 1',
          '2024-05-01T01:00Z north 4 2',
          '2024-05-01T02:00Z Éclair 7 1',
          '2024-05-01T02:00Z zulu none 1',
        ),
      );
      const bench = new ActivityRunner(database, [pipeline]);
      const window = parseWindow('1d', '2024-05-01');
      const first = await bench.run(pipeline, window);
      expect(first).toMatchObject({ state: 'published', rows: 2 });
      expect(await bench.run(pipeline, window)).toMatchObject({ written: 0, digest: first.digest });
      expect(await database.query('select sensor, total from marts.sensors_daily order by sensor')).toEqual([
        { sensor: 'north', total: '4' },
        { sensor: 'Éclair', total: '7' },
      ]);
      expect(await explainDefinitions(database, [pipeline])).toEqual([]);
      const { compared, records } = await verifyRange(database, [pipeline], pipeline, window, () => undefined);
      expect(compared.length).toBeGreaterThan(3);
      expect([compared.filter((one) => !one.equal), records.balanced]).toEqual([[], true]);
    });
  },
);
