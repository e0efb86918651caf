import type { Pipeline } from '../../model/definition/pipeline';
import { OF_RANGE } from '../ledger/runs';
import type { Database } from '../postgres/database';

/** What runs take: time of the clock, and rows refreshed in cleaned and curated tables. */
export interface Cost {
  readonly ms: number;
  readonly rows: number;
  /** The tenth and the ninetieth of a hundred such: what it takes where all windows are as quick, or as slow, as those of its last runs. */
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What `windows` and `records` of raw to clean will take, null where nothing of the pipeline ran yet.
 * A window takes the smaller of two averages over the last hundred runs of single windows: of the time of each, and of the time from the
 * first start to the last end, shared among all (smaller where runs ran at once). Where windows share deliveries their ingest is left out
 * of it; records to clean take what a record took before.
 */
export async function predictedCost(
  database: Database,
  { name, source }: Pipeline,
  windows: number,
  records: number,
): Promise<Cost | null> {
  if (windows === 0) return null;
  const [row] = await database.query<{
    ms: number | null;
    low: number | null;
    high: number | null;
    rows: number | null;
    cleaning: number | null;
  }>(
    `with recent as (
            select epoch, started_at, ended_at,
                   extract(epoch from ended_at - started_at) * 1000
                     - coalesce((select sum(s.ms) from weir.steps s where s.epoch = r.epoch and s.name = 'ingest' and $2), 0) as ms
              from weir.runs r
             where pipeline = $1 and state = 'published' and not ${OF_RANGE}
          order by epoch desc
             limit 100)
     select least(avg(ms), 1000 * extract(epoch from max(ended_at) - min(started_at)) / nullif(count(*), 0))::float as ms,
            percentile_cont(0.1) within group (order by ms) / nullif(avg(ms), 0) as low,
            percentile_cont(0.9) within group (order by ms) / nullif(avg(ms), 0) as high,
            ((select sum(rows_out) from weir.steps join recent using (epoch) where name = 'refresh') / nullif(count(*), 0))::float as rows,
            (select sum(s.ms) / nullif(sum(s.rows_out), 0)
               from weir.steps s join weir.runs r using (epoch)
              where r.pipeline = $1 and s.name = 'ingest' and s.rows_out > 0)::float as cleaning
       from recent`,
    [name, source.shared],
  );
  if (row!.ms === null) return null;
  const ms = row!.ms * windows + (row!.cleaning ?? 0) * records;
  return {
    ms,
    fromMs: ms * Math.min(1, row!.low ?? 1),
    toMs: ms * Math.max(1, row!.high ?? 1),
    rows: Math.round((row!.rows ?? 0) * windows),
  };
}

/** Rows that backfills of `pipeline` refreshed since the run `epoch`: what `cost.rows` predicts. */
export async function rowsSince(database: Database, pipeline: string, epoch: number): Promise<number> {
  const [row] = await database.query<{ rows: string }>(
    `select coalesce(sum(s.rows_out), 0) as rows
       from weir.steps s join weir.runs r using (epoch)
      where r.pipeline = $1 and r.kind = 'backfill' and r.epoch > $2 and s.name = 'refresh'`,
    [pipeline, epoch],
  );
  return Number(row!.rows);
}
