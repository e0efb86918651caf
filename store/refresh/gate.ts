import type { Check } from '../../model/definition/check';
import { Ident, Sql } from '../../model/definition/sql';
import type { Table } from '../../model/definition/table';
import type { FailedCheck, Gate } from '../../model/run/gate';
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
  readonly formerRows: number | null;
}

/** Asks every check of `judged.table` and records the answers; the gate is closed when an error check finds rows. */
export async function askGate(tx: Tx, epoch: number, judged: Judged, scope: Scope): Promise<Gate> {
  const { table } = judged;
  const asked = [...impliedChecks(table), ...table.checks.filter((check) => check.severity !== 'deadLetter')];
  const failed: FailedCheck[] = [];
  for (const check of asked) {
    const severity = check.severity as FailedCheck['severity'];
    const answer = await ask(tx, check, judged, scope);
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

async function ask(
  tx: Tx,
  check: Pick<Check<never>, 'failing'>,
  judged: Judged,
  scope: Scope,
): Promise<{ rows: number; sample: string[] }> {
  const question = renderFor(check.failing({ target: judged.target, formerRows: judged.formerRows }), scope);
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

/** What the table itself promises, asked before publishing rather than met as a refused insert: key and nulls of curated tables. */
function impliedChecks(table: Table): Pick<Check<never>, 'label' | 'severity' | 'failing'>[] {
  if (table.layer === 'cleaned') return [];
  const declared = new Set(table.checks.map((check) => check.label));
  const strict = Object.entries(table.columns).flatMap(([name, { facts }]) => (facts.nullable ? [] : [name]));
  const keys = table.key.map((column) => new Ident([column]));
  const list = (parts: readonly Ident[]): Sql => new Sql(['', ...parts.slice(1).map(() => ', '), ''], parts);
  const implied: Pick<Check<never>, 'label' | 'severity' | 'failing'>[] = [];
  const unique = `unique(${table.key.join(', ')})`;
  if (!declared.has(unique)) {
    implied.push({
      label: unique,
      severity: 'error',
      failing: ({ target }) =>
        new Sql(
          ['select ', ', count(*) as rows from ', ' judged group by ', ' having count(*) > 1'],
          [list(keys), target, list(keys)],
        ),
    });
  }
  const notNull = `not_null(${strict.join(', ')})`;
  if (strict.length > 0 && !declared.has(notNull)) {
    const columns = strict.map((column) => new Ident([column]));
    implied.push({
      label: notNull,
      severity: 'error',
      failing: ({ target }) =>
        new Sql(['select * from ', ' judged where num_nulls(', ') > 0'], [target, list(columns)]),
    });
  }
  return implied;
}
