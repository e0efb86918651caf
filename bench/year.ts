import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { startBackfill } from '../client/startBackfill';
import { instant, millis } from '../model/time/time';
import type { Services } from '../scripts/services/services';
import { copyIn } from '../store/postgres/copy';
import type { Database } from '../store/postgres/database';
import { migrate } from '../store/postgres/migrate';
import { digestOfTable } from '../store/proof/tableDigests';
import { ensureLayerTables } from '../store/schema/layerTables';
import { generator } from './chaos/generator';
import { onFresh } from './parts/dataPlane';
import type { Ratio } from './measuring';
import { interleaved, median, timed } from './measuring';
import { withProcesses } from './workerProcess';
import { FIRST_DAY, events } from './yearPipeline';

const DAYS = 90;
const EVENTS_A_DAY = 66_667;
const RANGE = { start: FIRST_DAY, end: instant(millis(FIRST_DAY) + DAYS * 86_400_000) };

/** Ninety days of events as NDJSON, six million in all, a file a day: ingested, cleaned and counted by Weir, and by plain SQL. */
export async function year(
  admin: Database,
  services: Services,
  home: string,
  rounds: number,
  ratios: Ratio[],
  notes: string[],
): Promise<void> {
  const folder = path.resolve(home, 'data', 'year-v1');
  await writeYear(folder);
  const pipeline = events(folder);
  const connection = await Connection.connect(services.temporal.connectionOptions);
  const client = new Client({ connection, namespace: services.temporal.namespace });
  const digests = new Set<string>();
  const weir = (workers: number) => () =>
    onFresh(admin, services.databaseUrl, async (database) => {
      await migrate(database);
      await ensureLayerTables(database, [pipeline]);
      await database.query('checkpoint');
      const ms = await withProcesses('yearWorker.js', workers, [database.url, services.temporal.address, folder], () =>
        timed(async () => {
          const { handle } = await startBackfill(client, pipeline, {
            range: RANGE,
            which: 'owed',
            kind: 'backfill',
          });
          await handle.result();
        }),
      );
      digests.add((await digestOfTable(database, pipeline.curated[0]!, 'marts.event_daily', null)).digest);
      return ms;
    });
  try {
    const results = await interleaved(
      [
        { name: 'psql', run: () => onFresh(admin, services.databaseUrl, (database) => plainSql(database, folder)) },
        { name: 'one', run: weir(1) },
        { name: 'two', run: weir(2) },
      ],
      rounds,
    );
    const [psql, one, two] = ['psql', 'one', 'two'].map((name) => results.get(name)!) as [number[], number[], number[]];
    if (digests.size !== 1) throw new Error(`one and two workers differ: ${[...digests].join(' ')}`);
    ratios.push({
      measure: '90 days of NDJSON, 6 M events, Temporal / plain SQL',
      of: one,
      limit: psql,
      bar: 1.5,
      stretch: 1.2,
    });
    const faster = median(one.map((ms, i) => ms / two[i]!));
    notes.push(
      `two worker processes: ${faster.toFixed(2)} times the throughput of one (${(median(two) / 1000).toFixed(1)} s), bar 1.3: ${faster >= 1.3 ? 'holds' : 'MISSED'}`,
    );
  } finally {
    await connection.close();
  }
}

/** What a person would type: the lines into a table, out of them typed rows, counts by day; checked for nothing. */
async function plainSql(database: Database, folder: string): Promise<number> {
  await database.query('create table raw (line text)');
  await database.query(
    'create table events (event_id bigint, at timestamptz, user_id integer, kind text, amount integer)',
  );
  await database.query('checkpoint');
  return timed(async () => {
    for (const file of files(folder))
      await database.tx((tx) =>
        // Quotes and commas are of the line: neither may mean anything here.
        copyIn(
          tx,
          `copy raw from stdin (format csv, quote e'\\x01', delimiter e'\\x02')`,
          createReadStream(file, { highWaterMark: 65_536 }),
        ),
      );
    await database.query(
      `insert into events
       select distinct on ((j ->> 'at')::timestamptz, (j ->> 'event_id')::bigint)
              (j ->> 'event_id')::bigint, (j ->> 'at')::timestamptz, (j ->> 'user_id')::integer, j ->> 'kind', (j ->> 'amount')::integer
         from (select line::jsonb as j from raw) lines`,
    );
    await database.query(
      `create table event_daily as
       select (at at time zone 'utc')::date as day, kind, count(*) as events, sum(amount) as amount from events group by 1, 2`,
    );
  });
}

const files = (folder: string): string[] =>
  Array.from({ length: DAYS }, (_, day) =>
    path.join(folder, `events-${instant(millis(FIRST_DAY) + day * 86_400_000).slice(0, 10)}.ndjson`),
  );

/** The same bytes on every machine; written once. */
async function writeYear(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const part = `${folder}.part`;
  mkdirSync(part, { recursive: true });
  const chance = generator(2024);
  const KINDS = ['view', 'search', 'cart', 'order', 'refund'];
  let event = 0;
  for (const [day, file] of files(part).entries()) {
    const stream = createWriteStream(file);
    let text = '';
    for (let i = 0; i < EVENTS_A_DAY; i++) {
      const at = instant(millis(FIRST_DAY) + day * 86_400_000 + Math.floor((i / EVENTS_A_DAY) * 86_400) * 1_000);
      const user = Math.floor(chance() * 500_000);
      const kind = KINDS[Math.floor(chance() ** 2 * KINDS.length)];
      text += `{"event_id":${event++},"at":"${at}","user_id":${user},"kind":"${kind}","amount":${Math.floor(chance() * 10_000)}}\n`;
      if (text.length > 1_000_000) {
        if (!stream.write(text)) await once(stream, 'drain');
        text = '';
      }
    }
    stream.end(text);
    await once(stream, 'close');
  }
  renameSync(part, folder);
}
