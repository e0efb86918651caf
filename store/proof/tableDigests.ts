import type { Pipeline } from '../../model/definition/pipeline';
import { quoteIdent } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import { cutOf } from '../../model/time/cut';
import type { Grain, Window } from '../../model/time/window';
import { isWhole } from '../../model/time/window';
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

/** The start of the window that holds a cleaned row, in SQL. */
function windowOfRow(grain: Grain, eventTime: string | undefined): string {
  const cut = cutOf(grain);
  if (cut.by === 'nothing' || !eventTime) return `'-infinity'::timestamptz`;
  const at = quoteIdent(eventTime);
  if (cut.by === 'length')
    return `date_bin(interval '${cut.ms} milliseconds', ${at}, timestamptz '1970-01-01 00:00:00+00')`;
  const { dates, zone } = cut;
  if (typeof dates === 'string') return `date_trunc('${dates}', ${at}, '${zone}')`;
  // PostgreSQL's weeks begin on Mondays: dates are moved so that ours do, and back.
  const days = (dates.weekday + 6) % 7;
  return `(date_trunc('week', (${at} at time zone '${zone}') - interval '${days} days') + interval '${days} days') at time zone '${zone}'`;
}

/** The digest of each window that has rows, oldest first. */
export async function digestByWindow(
  database: Database,
  pipeline: Pipeline,
  table: Table,
  published?: string,
): Promise<(Digest & { start: string })[]> {
  const cleaned = table.layer === 'cleaned';
  const window = cleaned ? windowOfRow(pipeline.window, table.eventTime) : '_window';
  const rows = await database.query<{ start: string; digest: string }>(
    `select ${window} as start, ${digestExpression(table.columns)} as digest from ${relationOf(table, published)} ${cleaned ? 'where _live' : ''} group by 1 order by 1`,
  );
  return rows.map((row) => ({ ...row, rows: Number(row.digest.split(':')[0]) }));
}
