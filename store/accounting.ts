import type { Pipeline } from '../model/pipeline';
import type { Database } from './database';
import { digestOf } from './digest';
import { physical, quoted, targetName } from './names';

/** Records in raw = live rows + beaten rows + dead letters, to the row. */
export interface Accounting {
  readonly records: number;
  readonly live: number;
  readonly beaten: number;
  readonly deadLetters: number;
  /** False where a record is missing or there is one too many: a bug, and nothing else. */
  readonly balanced: boolean;
}

/** Counts the deliveries that count (not superseded ones) and what became of their records. */
export async function accountFor(database: Database, pipeline: Pipeline): Promise<Accounting> {
  const [[raw], [rows], [dead]] = await Promise.all([
    database.query<{ n: string }>(
      `select coalesce(sum(d.records), 0) as n from weir.origins o join weir.deliveries d on d.id = o.cleaned where o.pipeline = $1`,
      [pipeline.name],
    ),
    database.query<{ live: string; beaten: string }>(
      `select count(*) filter (where _live) as live, count(*) filter (where not _live) as beaten from ${physical.cleaned(pipeline.cleaned.tableName)}`,
    ),
    database.query<{ n: string }>(
      `select count(*) as n from weir.dead_letters l join weir.origins o on o.cleaned = l.delivery where l.pipeline = $1`,
      [pipeline.name],
    ),
  ]);
  const account = {
    records: Number(raw!.n),
    live: Number(rows!.live),
    beaten: Number(rows!.beaten),
    deadLetters: Number(dead!.n),
  };
  return { ...account, balanced: account.records === account.live + account.beaten + account.deadLetters };
}

/** Seconds of work that the ledger has recorded for each layer of `pipeline` since run `sinceEpoch`. */
export async function secondsByLayer(
  database: Database,
  pipeline: string,
  sinceEpoch: number,
): Promise<Record<'raw' | 'cleaned' | 'curated' | 'published', number>> {
  const [row] = await database.query<{ raw: number; cleaned: number; curated: number; published: number }>(
    `select coalesce(sum((s.result ->> 'landMs')::float) filter (where s.name = 'ingest'), 0) / 1000 as raw,
            coalesce(sum((s.result ->> 'cleanMs')::float) filter (where s.name = 'ingest'), 0) / 1000 as cleaned,
            coalesce(sum(s.ms) filter (where s.name = 'refresh'), 0) / 1000 as curated,
            coalesce(sum(s.ms) filter (where s.name = 'publish'), 0) / 1000 as published
       from weir.steps s
       join weir.runs r using (epoch)
      where r.pipeline = $1 and r.epoch >= $2`,
    [pipeline, sinceEpoch],
  );
  return row!;
}

/** Digest and first rows of each published table of `pipeline`, in key order. */
export async function publishedTables(
  database: Database,
  pipeline: Pipeline,
  limit: number,
): Promise<{ target: string; rows: number; digest: string; first: Record<string, unknown>[] }[]> {
  return Promise.all(
    pipeline.publish.map(async ({ table, target }) => {
      const name = targetName(target);
      const { rows, digest } = await digestOf(database, table.columns, name);
      const first = await database.query<Record<string, unknown>>(
        `select ${quoted(Object.keys(table.columns)).join(', ')} from ${name} order by ${quoted(table.key).join(', ')} limit ${Math.trunc(limit)}`,
      );
      return { target, rows, digest, first };
    }),
  );
}
