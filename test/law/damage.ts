import { quoteIdent } from '../../model/definition/sql';
import type { Database } from '../../store/postgres/database';
import type { Damage } from './acts';

/**
 * Does it to the `nth` row or target there is, counted round; true where rows differ now without anything that a catalog or a ledger shows.
 * `targets` are relations that may not be there.
 */
export async function doDamage(
  database: Database,
  damage: Damage,
  nth: number,
  targets: readonly string[],
): Promise<boolean> {
  const there = await database.query<{ name: string }>(
    `select name from unnest($1::text[]) named (name) where to_regclass(name) is not null`,
    [targets],
  );
  const target = there[nth % Math.max(1, there.length)]?.name;
  const [cleaned] = await database.query(`select where to_regclass('weir_cleaned.readings') is not null`);
  if (!target || !cleaned) return false;
  const change = async (relation: string, what: string, where = 'true'): Promise<boolean> => {
    const rows = await database.query<{ place: string }>(
      `select tableoid::text || ctid::text as place from ${relation} where ${where} order by 1`,
    );
    if (rows.length === 0) return false;
    await database.query(`${what} where tableoid::text || ctid::text = $1`, [rows[nth % rows.length]!.place]);
    return true;
  };
  const [column] = await database.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attname in ('total', 'readings') order by 1 desc`,
    [target],
  );
  const total = quoteIdent(column?.name ?? 'total');
  switch (damage) {
    case 'cleaned row changed':
      return change('weir_cleaned.readings', `update weir_cleaned.readings set value = coalesce(value, 0) + 1`);
    case 'cleaned row deleted':
      return change('weir_cleaned.readings', `delete from weir_cleaned.readings`);
    case 'dead letter changed':
      return change('weir.dead_letters', `update weir.dead_letters set reason = 'none'`);
    case 'dead letter deleted':
      return change('weir.dead_letters', `delete from weir.dead_letters`);
    case 'target row changed':
      return change(target, `update ${target} set ${total} = coalesce(${total}, 0) + 1`);
    case 'target row deleted':
      return change(target, `delete from ${target}`);
    case 'target row added':
      // Between two windows, or in one: another row like one that is there.
      await database.query(
        `insert into ${target}
         select (jsonb_populate_record(t, jsonb_build_object('start', t.start + '1 minute', '_window', t._window + make_interval(mins => $1)))).*
           from ${target} t limit 1`,
        [nth % 2],
      );
      return true;
    case 'target emptied':
      await database.query(`truncate ${target}`);
      return true;
    case 'target dropped':
      await database.query(`drop table ${target} cascade`);
      return false;
  }
}
