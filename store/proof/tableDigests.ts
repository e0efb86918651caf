import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import { durationMs } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import { isWhole, zoneOf } from '../../model/time/window';
import type { Database } from '../postgres/database';
import { physical, relationName } from '../postgres/identifiers';
import type { Digest } from './digest';
import { digestExpression, digestOf } from './digest';

const relationOf = (table: Table, published?: string): string =>
  published ? relationName(published) : physical[table.layer](table.tableName);

/** The digest of a table's rows as readers see them (live ones of a cleaned table; `published`: in this relation of a sink), in all or of one window. */
export function digestOfTable(
  database: Database,
  table: Table,
  published: string | undefined,
  window: Window | null,
): Promise<Digest> {
  const conditions: string[] = [];
  const values: unknown[] = [];
  if (table.layer === 'cleaned') conditions.push('_live');
  if (window && !isWhole(window)) {
    if (table.layer === 'cleaned')
      conditions.push(`${quoteIdent(table.eventTime!)} >= $1 and ${quoteIdent(table.eventTime!)} < $2`);
    else conditions.push('_window >= $1 and _window < $2');
    values.push(window.start, window.end);
  }
  return digestOf(
    database,
    table.columns,
    `${relationOf(table, published)}${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''}`,
    values,
  );
}

/** The digest of each window that has rows, oldest first. */
export async function digestByWindow(
  database: Database,
  pipeline: Pipeline,
  table: Table,
  published?: string,
): Promise<(Digest & { start: string })[]> {
  const cleaned = table.layer === 'cleaned';
  const zone = zoneOf(pipeline.window);
  const window = !cleaned
    ? '_window'
    : pipeline.window === 'whole' || !table.eventTime
      ? `'-infinity'::timestamptz`
      : zone !== null
        ? `date_trunc('day', ${quoteIdent(table.eventTime)}, '${zone}')`
        : `date_bin(interval '${durationMs(pipeline.window)} milliseconds', ${quoteIdent(table.eventTime)}, timestamptz '1970-01-01 00:00:00+00')`;
  const rows = await database.query<{ start: string; digest: string }>(
    `select ${window} as start, ${digestExpression(table.columns)} as digest from ${relationOf(table, published)} ${cleaned ? 'where _live' : ''} group by 1 order by 1`,
  );
  return rows.map((row) => ({ ...row, rows: Number(row.digest.split(':')[0]) }));
}
