import type { Cleaned } from '../../model';
import { PG_TYPES } from '../../model/definition/column';
import type { Format } from '../../model/definition/source';
import { copyIn } from '../../store/postgres/copy';
import type { Database } from '../../store/postgres/database';
import type { CleanedFile } from './cleanFile';
import { referFile } from './cleanFile';

/** What a record became: a row as PostgreSQL shows it, or column and reason of a dead letter. */
export type Became = Readonly<Record<string, string | null>>;

/** What became of a cleaned file's records, in order. Expects that PostgreSQL has the same rows from the reference's literals, and that the dead letters are the same. */
export async function sameRows(
  database: Database,
  table: Cleaned,
  format: Format,
  file: CleanedFile,
): Promise<Became[]> {
  const names = Object.keys(table.columns);
  const typed = names.map((name) => `${name} ${PG_TYPES[table.columns[name]!.facts.type]}`).join(', ');
  const referred = await referFile(table, format, file, 64);
  const letters = file.letters.map(({ record, column, reason }) => ({ record, column, reason }));
  expect(letters).toEqual(referred.filter((one) => 'reason' in one));
  const plain = referred.flatMap((one) => ('values' in one ? [[...one.values, String(one.record)]] : []));
  return database.tx(async (tx) => {
    await tx.query(
      `create temporary table fast (${typed}, _delivery integer, _record integer) on commit drop;
       create temporary table plain (${typed}, _record integer) on commit drop`,
    );
    await copyIn(tx, `copy fast (${names.join(', ')}, _delivery, _record) from stdin (format binary)`, [file.copy]);
    await tx.query(
      `insert into plain select ${names.map((name, i) => `(r ->> ${i})::${PG_TYPES[table.columns[name]!.facts.type]}`).join(', ')}, (r ->> ${names.length})::integer from jsonb_array_elements($1::jsonb) r`,
      [JSON.stringify(plain)],
    );
    const shown = `select ${names.map((name) => `${name}::text`).join(', ')}, _record from`;
    const rows = await tx.query<Became & { _record: number }>(`${shown} fast order by _record`);
    expect(await tx.query(`${shown} plain order by _record`)).toEqual(rows);
    const became = new Map<number, Became>(letters.map(({ record, column, reason }) => [record, { column, reason }]));
    for (const { _record, ...row } of rows) became.set(_record, row);
    return [...became].sort(([a], [b]) => a - b).map(([, one]) => one);
  });
}
