import { cleaningText, curatedText } from '../../model/compile/fingerprint';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Database, Tx } from '../postgres/database';
import { fingerprint } from './fingerprint';

/** Keeps what each fingerprint stands for, so that a plan can say which part of a definition changed. */
export async function recordDefinitions(on: Pick<Tx, 'query'>, pipelines: readonly Pipeline[]): Promise<void> {
  const rows = pipelines.flatMap((pipeline) => [
    { table: pipeline.cleaned.tableName, text: cleaningText(pipeline.cleaned, pipeline.window) },
    ...pipeline.curated.map((table) => ({ table: table.tableName, text: curatedText(table) })),
  ]);
  await on.query(
    `insert into weir.definitions (table_name, code, parts)
     select * from unnest($1::text[], $2::text[], $3::jsonb[])
         on conflict do nothing`,
    [rows.map((row) => row.table), rows.map((row) => fingerprint(row.text)), rows.map((row) => row.text)],
  );
}

/** What a fingerprint of a table stood for; null when it was never seen. */
export async function definitionOf(
  database: Database,
  table: string,
  code: string,
): Promise<Record<string, unknown> | null> {
  const [row] = await database.query<{ parts: Record<string, unknown> }>(
    `select parts from weir.definitions where table_name = $1 and code = $2`,
    [table, code],
  );
  return row?.parts ?? null;
}
