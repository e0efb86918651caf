import type { Check, CheckContext } from '../../model/definition/check';
import { repeated, withNull } from '../../model/definition/questions';
import type { Sql } from '../../model/definition/sql';
import { sql } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import type { FailedCheck, Gate } from '../../model/run/gate';
import type { Window } from '../../model/time/window';
import type { Tx } from '../postgres/database';
import { renderFor, type Scope } from '../postgres/renderSql';

const SAMPLE_ROWS = 3;
const SAMPLE_CHARACTERS = 200;

/** What a gate judges: rows in the stage, or a window of a cleaned table. */
export interface Judged {
  readonly table: Table;
  /** A parenthesised select of the user's columns. */
  readonly target: Sql;
  readonly rows: number;
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
  const failed: FailedCheck[] = [];
  const context = await contextOf(tx, judged, scope.window);
  for (const check of asked) {
    const severity = check.severity as FailedCheck['severity'];
    const answer = await ask(tx, check, context, scope);
    if (answer.rows > 0) failed.push({ check: check.label, severity, ...answer });
    await tx.query(
      `insert into weir.check_results (epoch, table_name, check_name, severity, rows, sample)
       values ($1, $2, $3, $4, $5, $6)
           on conflict (epoch, table_name, check_name) do update
          set rows = excluded.rows, sample = excluded.sample, asked_at = clock_timestamp()`,
      [epoch, table.tableName, check.label, severity, answer.rows, JSON.stringify(answer.sample)],
    );
  }
  return {
    table: table.tableName,
    closed: failed.some((check) => check.severity === 'error'),
    rows: judged.rows,
    checks: asked.length,
    failed,
  };
}

/** What a check is told of `judged`: what its window held when it was last published, and the windows before it. */
async function contextOf(tx: Tx, { table, target, rows }: Judged, window: Window): Promise<CheckContext> {
  const [former] = await tx.query<{ rows: string }>(
    `select rows from weir.published where table_name = $1 and window_start = $2`,
    [table.tableName, window.start],
  );
  return {
    ...{ target, rows, window, formerRows: former ? Number(former.rows) : null },
    trailing: (n) => trailingWindows(table, window, n),
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

async function ask(
  tx: Tx,
  check: Pick<Check<never>, 'failing'>,
  context: CheckContext,
  scope: Scope,
): Promise<{ rows: number; sample: string[] }> {
  const question = renderFor(check.failing(context), scope);
  const [answer] = await tx.query<{ rows: string; sample: Record<string, unknown>[] | null }>(
    `with failing as materialized (${question.text})
     select (select count(*) from failing) as rows,
            (select json_agg(to_json(shown)) from (select * from failing limit ${SAMPLE_ROWS}) shown) as sample`,
    question.values as unknown[],
  );
  return { rows: Number(answer!.rows), sample: (answer!.sample ?? []).map(shownRow) };
}

// `2001-01-05 JFK …`: the values as people read them, one line a row.
function shownRow(row: Record<string, unknown>): string {
  const text = Object.entries(row)
    .map(
      ([column, value]) =>
        `${column}=${value === null ? 'null' : typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
    )
    .join(' ');
  return text.length > SAMPLE_CHARACTERS ? `${text.slice(0, SAMPLE_CHARACTERS - 3)}...` : text;
}

type Asked = Pick<Check<never>, 'label' | 'severity' | 'failing'>;

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
    },
  ];
}
