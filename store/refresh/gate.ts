import type { CheckContext } from '../../model/definition/check';
import { anyNull, repeated, withNull } from '../../model/definition/questions';
import type { Sql } from '../../model/definition/sql';
import { sql } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import type { Gate } from '../../model/run/gate';
import type { Window } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import type { Scope } from '../postgres/renderSql';
import type { Asked } from './askChecks';
import { askChecks, recordAnswers } from './askChecks';
import type { Calendar } from './baseline';
import { baselineWindows } from './baseline';

/** What a gate judges: rows in the stage, or a window of a cleaned table. */
export interface Judged {
  readonly table: Table;
  /** A parenthesised select of the user's columns. */
  readonly target: Sql;
  readonly rows: number;
  /** Whose windows, and how they are cut; of a cleaned table only, since only its rows of other windows are what they are whatever was published. */
  readonly calendar?: Calendar;
  /** Asked besides what the table declares. */
  readonly besides?: readonly Asked[];
}

/** Asks every check of `judged.table` and records the answers; the gate is closed when an error check finds rows. */
export async function askGate(tx: Tx, epoch: number, judged: Judged, scope: Scope): Promise<Gate> {
  const { table } = judged;
  const asked = [
    ...impliedChecks(table),
    ...(judged.besides ?? []),
    ...table.checks.filter((check) => check.severity !== 'deadLetter'),
  ];
  const context = await contextOf(tx, judged, scope);
  const answers = await askChecks(tx, asked, context, scope);
  await recordAnswers(tx, epoch, table.tableName, answers);
  const failed = answers.filter(({ rows }): boolean => rows > 0);
  return {
    table: table.tableName,
    closed: failed.some((check) => check.severity === 'error'),
    rows: judged.rows,
    checks: asked.length,
    failed,
  };
}

/** What a check is told of `judged`: what its window held when it was last published, and the windows before it. */
async function contextOf(tx: Tx, { table, target, rows, calendar }: Judged, scope: Scope): Promise<CheckContext> {
  const { window } = scope;
  const [former] = await tx.query<{ rows: string }>(
    `select rows from weir.published where table_name = $1 and window_start = $2`,
    [table.tableName, window.start],
  );
  return {
    ...{ target, rows, window, formerRows: former ? Number(former.rows) : null },
    trailing: (n) => trailingWindows(table, window, n),
    baseline: (over, measure) => baselineWindows({ ...{ table, calendar, over, measure }, scope }),
  };
}

/** The `n` windows of `table` published before `window`, newest first, with the rows that each had. */
export const trailingWindows = (table: Table, window: Window, n: number): Sql => sql`
  (select window_start, rows
     from weir.published
    where table_name = ${table.tableName}
      and window_start < ${window.start}::timestamptz
    order by window_start desc
    limit ${Math.trunc(n)}::bigint)`;

/**
 * What a curated table is, asked before publishing rather than met as a refused insert: its key, where null equals null, and the
 * columns that take no null, which those of the key are too. Labelled apart from what people declare: a declared `unique(…).warn()`
 * is asked as well, and opens nothing.
 */
function impliedChecks(table: Table): Asked[] {
  if (table.layer === 'cleaned') return [];
  const required = Object.entries(table.columns).flatMap(([name, { facts }]) =>
    facts.nullable && !table.key.includes(name) ? [] : [name],
  );
  return [
    {
      label: `key(${table.key.join(', ')})`,
      severity: 'error',
      failing: ({ target }) => repeated(target, table.key, 'equal'),
    },
    {
      label: `not_nullable(${required.join(', ')})`,
      severity: 'error',
      failing: ({ target }) => withNull(target, required),
      ...(required.length > 0 && { breaks: anyNull(required) }),
    },
  ];
}
