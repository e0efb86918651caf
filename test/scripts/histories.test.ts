import { Client, Connection } from '@temporalio/client';
import { createActivities } from '../../activities';
import { startRun } from '../../client/startRun';
import type { Pipeline } from '../../model';
import { parseWindow } from '../../model/time/window';
import { ensureLayerTables } from '../../store/schema/layerTables';
import { loadConfig } from '../../workers/config';
import { startWorker } from '../../workers/worker';
import { readingsCsv, sensors } from '../setup/sensors';
import { CliFixture } from './cliFixture';

const PLANTED = 'pl4nted';
const DAY = parseWindow('1d', '2024-05-01');

/** Everything that the server keeps of a run, payloads as text. */
const textOf = (history: unknown): string =>
  JSON.stringify(history, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : (value as unknown),
  );

describe('histories that a real server keeps', () => {
  test('hold no value of a row: of a closed gate, of a row that PostgreSQL refuses, of a value that is no number', async () => {
    const cli = await CliFixture.open();
    const connection = await Connection.connect({ address: cli.temporal.address });
    const client = new Client({ connection });
    const labs = ['held', 'refused', 'unread'].map((name) => sensors({ name }));
    const rows = (n: number) =>
      readingsCsv(...Array.from({ length: n }, (_, i) => `2024-05-01T0${i}:00Z ${PLANTED} 1 1`));
    labs.forEach(({ files }, i) => files.write('a.csv', rows(i === 0 ? 6 : 1)));
    const register: Pipeline[] = labs.map(({ pipeline }) => pipeline);
    await ensureLayerTables(cli.db.database, register);
    await cli.db.database.query(
      `alter table marts.refused_daily add check (readings > 100);
       create function parse() returns trigger language plpgsql as $$ begin new.readings = new.sensor::integer; return new; end $$;
       create trigger t before insert on marts.unread_daily for each row execute function parse()`,
    );
    const worker = await startWorker({
      connection: { address: cli.temporal.address },
      namespace: 'default',
      activities: createActivities({ database: cli.db.database, register }),
      config: loadConfig({ WEIR_HOME: '.weir/test' }),
    });
    try {
      for (const pipeline of register) {
        const { handle } = await startRun(client, pipeline, DAY);
        await expect(handle.result()).rejects.toThrow();
        const kept = textOf(await handle.fetchHistory());
        expect(kept).toContain(pipeline.name);
        expect(kept).not.toContain(PLANTED);
      }
      const errors = await cli.db.database.query<{ said: string }>(
        `select error as said from weir.runs where error like '%${PLANTED}%'`,
      );
      expect(errors).toHaveLength(2);
    } finally {
      await worker.shutdown();
      await connection.close();
      await cli.close();
    }
  });
});
