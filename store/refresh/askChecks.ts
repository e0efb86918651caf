import type { Check, CheckContext } from '../../model/definition/check';
import { join, sql } from '../../model/definition/sql';
import type { FailedCheck } from '../../model/run/gate';
import { isTolerated } from '../../model/run/gate';
import type { Tx } from '../postgres/database';
import type { Scope } from '../postgres/renderSql';
import { renderFor } from '../postgres/renderSql';

const SAMPLE_ROWS = 3;
const SAMPLE_CHARACTERS = 200;

/** What of a check a gate needs to ask it. */
export type Asked = Pick<Check<never>, 'label' | 'severity' | 'failing' | 'breaks' | 'tolerates' | 'note' | 'saw'>;

/** What a check answered: rows only where they are more than it tolerates; else `sample` has what is to be said, or nothing. */
export type Answer = FailedCheck;

/** Asks `checks` of one target, each answer in its place: those that judge single rows in one scan of it, the others one by one. */
export async function askChecks(
  tx: Tx,
  checks: readonly Asked[],
  context: CheckContext,
  scope: Scope,
): Promise<Answer[]> {
  const counts = await countInOneScan(tx, checks, context, scope);
  const answers: Answer[] = [];
  for (const check of checks) {
    const failing = counts.get(check) ?? (await countAlone(tx, check, context, scope));
    const severity = check.severity as FailedCheck['severity'];
    const saw = check.saw && { saw: check.saw(context) };
    answers.push({ check: check.label, severity, ...saw, ...(await told(tx, check, failing, context, scope)) });
  }
  return answers;
}

/** Writes what checks answered into the ledger, in one statement. */
export async function recordAnswers(tx: Tx, epoch: number, table: string, answers: readonly Answer[]): Promise<void> {
  // Two checks of one label and severity in one definition: the last answer stays.
  const once = [...new Map(answers.map((answer) => [answer.check, answer])).values()];
  await tx.query(
    `insert into weir.check_results (epoch, table_name, check_name, severity, rows, sample, saw)
     select $1, $2, a.* from unnest($3::text[], $4::text[], $5::bigint[], $6::jsonb[], $7::text[]) a
         on conflict (epoch, table_name, check_name) do update
        set rows = excluded.rows, sample = excluded.sample, saw = excluded.saw, asked_at = clock_timestamp()`,
    [
      ...[epoch, table],
      once.map(({ check }) => check),
      once.map(({ severity }) => severity),
      once.map(({ rows }) => rows),
      once.map(({ sample }) => JSON.stringify(sample)),
      once.map(({ saw }) => saw ?? null),
    ],
  );
}

interface Failing {
  readonly rows: number;
  /** Known already where the check was asked alone. */
  readonly sample?: string[];
}

async function countInOneScan(
  tx: Tx,
  checks: readonly Asked[],
  { target }: CheckContext,
  scope: Scope,
): Promise<Map<Asked, Failing>> {
  const single = checks.filter((check) => check.breaks !== undefined);
  if (single.length === 0) return new Map();
  // The line break keeps a comment at a condition's end from swallowing what follows.
  const counts = single.map(
    ({ breaks }) => sql`count(*) filter (where ${breaks!}
    )`,
  );
  const question = renderFor(sql`select array[${join(counts, ', ')}] as counts from ${target} as t`, scope);
  const [answer] = await tx.query<{ counts: string[] }>(question.text, question.values as unknown[]);
  return new Map(single.map((check, i) => [check, { rows: Number(answer!.counts[i]) }]));
}

async function countAlone(tx: Tx, check: Asked, context: CheckContext, scope: Scope): Promise<Failing> {
  const question = renderFor(check.failing(context), scope);
  const [answer] = await tx.query<{ rows: string; sample: Record<string, unknown>[] | null }>(
    `with failing as materialized (${question.text})
     select (select count(*) from failing) as rows,
            (select json_agg(to_json(shown)) from (select * from failing limit ${SAMPLE_ROWS}) shown) as sample`,
    question.values as unknown[],
  );
  return { rows: Number(answer!.rows), sample: (answer!.sample ?? []).map(shownRow) };
}

async function told(
  tx: Tx,
  check: Asked,
  { rows, sample }: Failing,
  context: CheckContext,
  scope: Scope,
): Promise<Pick<Answer, 'rows' | 'sample'>> {
  if (!isTolerated(check, rows, context.rows))
    return { rows, sample: sample ?? (await samplesOf(tx, check, context, scope)) };
  if (rows > 0) return { rows: 0, sample: [`${rows} of ${context.rows} rows break it; ${check.tolerates!} may`] };
  if (!check.note) return { rows: 0, sample: [] };
  const note = renderFor(check.note(context), scope);
  const texts = await tx.query<Record<string, string>>(note.text, note.values as unknown[]);
  return { rows: 0, sample: texts.flatMap((row) => Object.values(row)) };
}

async function samplesOf(tx: Tx, check: Asked, context: CheckContext, scope: Scope): Promise<string[]> {
  const question = renderFor(check.failing(context), scope);
  const rows = await tx.query<{ shown: Record<string, unknown> }>(
    `select to_json(shown) as shown from (${question.text}\n) shown limit ${SAMPLE_ROWS}`,
    question.values as unknown[],
  );
  return rows.map(({ shown }) => shownRow(shown));
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
