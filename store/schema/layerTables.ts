import { sharesKeys } from '../../model/compile/keyNotes';
import { keyColumns, keyStaysInWindow } from '../../model/definition/key';
import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent } from '../../model/definition/sql';
import type { Cleaned, Curated } from '../../model/definition/table';
import { adoptTargets } from '../ledger/adoptTargets';
import { countWhereUnkept } from '../standing/counts';
import { recordDefinitions } from '../ledger/definitions';
import type { Database, Tx } from '../postgres/database';
import { FIRST_LARGE_DELIVERY, columnList, physical, quoted, viewOf } from '../postgres/identifiers';
import { cleanedColumns, commentOn, declaredColumns } from './declaredColumns';
import { curatedHome, ensureWindowTable, isThere } from './windowTable';

/** Makes the tables and views of `pipelines` where they are missing; a second call changes nothing. */
export async function ensureLayerTables(database: Database, pipelines: readonly Pipeline[]): Promise<void> {
  // One at a time: `create … if not exists` of two workers that start together would collide.
  const alone = (tx: Tx): Promise<unknown> =>
    tx.query(`select pg_advisory_xact_lock(hashtextextended('weir layer tables', 0))`);
  // By itself: a table that waits for `weir apply` must not keep an earlier ledger's other windows owed.
  await database.tx(async (tx) => {
    await alone(tx);
    await recordDefinitions(tx, pipelines);
    await adoptTargets(tx, pipelines);
  });
  await database.tx(async (tx) => {
    await alone(tx);
    for (const pipeline of pipelines) {
      await ensureCleaned(tx, pipeline.cleaned);
      for (const table of pipeline.curated) {
        await ensureCurated(tx, table);
        if (sharesKeys(pipeline)) await ensureKeyIndex(tx, table);
      }
      for (const sink of pipeline.publish) await sink.ensure(tx);
    }
  });
  for (const pipeline of pipelines) await countWhereUnkept(database, pipeline);
}

/**
 * Index statements of one partition of a cleaned table. Where rows lie in the order of their event time (`clustered`), the ranges of blocks are enough:
 * 50 ms a million rows instead of 240, and a window is read as fast.
 */
export function partitionIndexes(table: Cleaned, partition: string, clustered = false): string[] {
  const indexes: string[] = [];
  if (table.eventTime) {
    const time = quoteIdent(table.eventTime);
    indexes.push(
      clustered
        ? `create index on ${partition} using brin (${time}) with (pages_per_range = 32)`
        : `create index on ${partition} (${time})`,
    );
  }
  // A key without the event time may move between windows: its versions are found by the key.
  if (!keyStaysInWindow(table) && table.key.kind === 'columns')
    indexes.push(`create index on ${partition} (${quoted(keyColumns(table)).join(', ')})`);
  return indexes;
}

async function ensureCleaned(tx: Tx, table: Cleaned): Promise<void> {
  const parent = physical.cleaned(table.tableName);
  const small = physical.cleaned(`${table.tableName}__small`);
  if (await isThere(tx, { role: 'cleaned', table, relation: parent, ownColumns: [] })) return;
  await tx.query(`create table ${parent} (${cleanedColumns(table)}) partition by range (_delivery, _record)`);
  await tx.query(
    `create table ${small} partition of ${parent} for values from (minvalue, minvalue) to (${FIRST_LARGE_DELIVERY}, minvalue)`,
  );
  // Deliveries are replaced by record range; large ones are a partition of their own and need no such index.
  await tx.query(`create unique index on ${small} (_delivery, _record)`);
  for (const statement of partitionIndexes(table, small)) await tx.query(statement);
  await tx.query(`create view ${viewOf(table)} as select ${columnList(table)} from ${parent} where _live`);
  await commentOn(tx, table, parent);
}

async function ensureCurated(tx: Tx, table: Curated): Promise<void> {
  if (!(await ensureWindowTable(tx, curatedHome(table)))) return;
  const stage = physical.stage(table.tableName);
  // There already where somebody dropped the curated table alone: a stage holds nothing that lasts.
  await tx.query(`drop table if exists ${stage}`);
  // Nothing in the stage is refused, so that the gate can say what is wrong with it.
  await tx.query(`create table ${stage} (${declaredColumns(table, false).join(', ')}, _epoch bigint not null)`);
  await tx.query(`create index on ${stage} (_epoch)`);
  await tx.query(
    `create or replace view ${viewOf(table)} as select ${columnList(table)} from ${physical.curated(table.tableName)}`,
  );
}

/** Where a publish finds keys that other windows have; a table of before there was one gets it here. */
async function ensureKeyIndex(tx: Tx, table: Curated): Promise<void> {
  const home = physical.curated(table.tableName);
  const there = await tx.query(`select from pg_index where indrelid = $1::regclass and not indisprimary`, [home]);
  if (there.length === 0) await tx.query(`create index on ${home} (${quoted(table.key).join(', ')})`);
}
