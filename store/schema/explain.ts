import { PG_TYPES } from '../../model/definition/column';
import type { Pipeline } from '../../model/definition/pipeline';
import { readsOf } from '../../model/definition/reads';
import { Sql } from '../../model/definition/sql';
import type { Curated, Table } from '../../model/definition/table';
import { instant } from '../../model/time/time';
import { WHOLE, windowAt } from '../../model/time/window';
import type { Database, Tx } from '../postgres/database';
import { columnList, quoted } from '../postgres/identifiers';
import type { Scope } from '../postgres/renderSql';
import { renderFor, tableSource } from '../postgres/renderSql';
import { baselineWindows } from '../refresh/baseline';
import { trailingWindows } from '../refresh/gate';
import { cleanedColumns, declaredColumns } from './declaredColumns';
import type { Problem } from './problem';
import { schemaProblems } from './schemaProblems';

/**
 * What each declared type takes from a select. Whole numbers of another size are checked row by row when they are written (too large fails, loudly);
 * what PostgreSQL would round or cut without a word (numeric into a whole number, a moment into a day) is refused: the select should say it.
 */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  integer: ['smallint', 'bigint'],
  bigint: ['integer', 'smallint'],
  'double precision': ['real', 'numeric', 'integer', 'bigint', 'smallint'],
  numeric: ['integer', 'bigint', 'smallint'],
  text: ['character varying', 'name'],
  'timestamp with time zone': [],
  jsonb: ['json'],
};

/**
 * Asks PostgreSQL about every select and check of `chosen`: parsed, planned and described over empty copies of the tables' shapes, never run.
 * The copies are temporary and rolled back: no table is made, changed or locked. Everything wrong is listed.
 */
export async function explainDefinitions(
  database: Database,
  register: readonly Pipeline[],
  chosen: readonly Pipeline[] = register,
): Promise<Problem[]> {
  return database.rolledBack(async (tx) => {
    const problems = await schemaProblems(tx, register, chosen);
    const shapes = await makeShapes(tx, register);
    for (const pipeline of chosen) {
      const scope = { window: windowOf(pipeline), grain: pipeline.window, epoch: 0, own: pipeline.curated, shapes };
      for (const table of pipeline.curated) problems.push(...(await explainSelect(tx, pipeline, table, scope)));
      for (const table of [pipeline.cleaned, ...pipeline.curated])
        problems.push(...(await explainChecks(tx, pipeline, table, scope)));
    }
    return problems;
  });
}

/** Empty temporary tables of the shape of every table that is declared or read, by the name a message should call it. */
async function makeShapes(tx: Tx, register: readonly Pipeline[]): Promise<Map<Table, string>> {
  const tables = new Set<Table>();
  for (const { cleaned, curated } of register)
    for (const table of [cleaned, ...curated]) {
      const asked = table.checks.flatMap((check) => check.reads) as Table[];
      for (const one of [table, ...asked, ...(table.layer === 'curated' ? readsOf(table) : [])]) tables.add(one);
    }
  const shapes = new Map<Table, string>();
  for (const table of tables) {
    const taken = [...shapes.values()];
    let name = `pg_temp.${quoted([table.tableName])[0]}`;
    while (taken.includes(name)) name = name.replace(/"$/, '_"');
    const columns = table.layer === 'cleaned' ? cleanedColumns(table) : declaredColumns(table, true).join(', ');
    await tx.query(`create temporary table ${name.replace('pg_temp.', '')} (${columns}) on commit drop`);
    shapes.set(table, name);
  }
  return shapes;
}

async function explainSelect(tx: Tx, pipeline: Pipeline, table: Curated, scope: Scope): Promise<Problem[]> {
  const at = { pipeline: pipeline.name, table: table.tableName, next: fix(pipeline) };
  const select = renderFor(table.select, scope);
  const values = select.values as unknown[];
  const described = await tried(tx, scope, select.text, 'select * from (', async () => {
    const { fields } = await tx.client.query(`select * from (${select.text}\n) described limit 0`, values);
    const types = await tx.query<{ type: string }>(
      `select format_type(t.oid, null) as type from unnest($1::oid[]) with ordinality t (oid, place) order by place`,
      [fields.map((field) => field.dataTypeID)],
    );
    return fields.map((field, i) => ({ name: field.name, type: types[i]!.type }));
  });
  if ('what' in described) return [{ ...at, ...described }];
  const differing = compareColumns(table, described.value);
  if (differing.length > 0) return differing.map((problem) => ({ ...at, ...problem }));
  // What a refresh will do: PostgreSQL has the last word on assignment.
  const insert = `explain insert into ${scope.shapes!.get(table)} (${columnList(table)}) select ${columnList(table)} from (`;
  const taken = await tried(tx, scope, select.text, insert, () =>
    tx.query(`${insert}${select.text}\n) computed`, values),
  );
  return 'what' in taken ? [{ ...at, ...taken }] : [];
}

async function explainChecks(tx: Tx, pipeline: Pipeline, table: Table, scope: Scope): Promise<Problem[]> {
  const problems: Problem[] = [];
  const target = new Sql([tableSource(table, scope)], []);
  for (const check of table.checks) {
    const question = renderFor(
      check.failing({
        ...{ target, window: scope.window, rows: 1, formerRows: 1 },
        trailing: (n) => trailingWindows(table, scope.window, n),
        baseline: (over, measure) =>
          baselineWindows({
            ...{ table, over, measure, scope },
            calendar: { pipeline: pipeline.name, grain: pipeline.window },
          }),
      }),
      scope,
    );
    // As the gate asks it, so that what is no select is found too.
    const asked = await tried(tx, scope, question.text, 'explain select * from (', () =>
      tx.query(`explain select * from (${question.text}\n) failing`, question.values as unknown[]),
    );
    if ('what' in asked)
      problems.push({
        pipeline: pipeline.name,
        table: table.tableName,
        ...asked,
        what: `check ${check.label}: ${asked.what}`,
        next: fix(pipeline),
      });
  }
  return problems;
}

function compareColumns(
  table: Curated,
  described: readonly { name: string; type: string }[],
): Pick<Problem, 'column' | 'what'>[] {
  const problems: Pick<Problem, 'column' | 'what'>[] = [];
  const made = new Map(described.map((column) => [column.name, column.type]));
  for (const [column, { facts }] of Object.entries(table.columns)) {
    const declared = PG_TYPES[facts.type];
    const got = made.get(column);
    if (got === undefined)
      problems.push({ column, what: `column ${column} is declared, the select makes ${[...made.keys()].join(', ')}` });
    else if (got !== declared && !TAKES[declared]?.includes(got))
      problems.push({ column, what: `column ${column} is declared ${declared}, the select makes ${got}` });
  }
  const names = described.map((column) => column.name);
  for (const column of made.keys())
    if (!Object.hasOwn(table.columns, column))
      problems.push({ column, what: `the select makes column ${column}, which is not declared` });
  for (const column of new Set(names.filter((name, i) => names.indexOf(name) !== i)))
    problems.push({ column, what: `the select makes column ${column} twice` });
  return problems;
}

/** Runs `body` to a savepoint; what PostgreSQL refused, with the line of `text` (which it got behind `before`) that it points at. */
async function tried<T>(
  tx: Tx,
  scope: Scope,
  text: string,
  before: string,
  body: () => Promise<T>,
): Promise<{ value: T } | Pick<Problem, 'what' | 'line'>> {
  await tx.query('savepoint asked');
  try {
    return { value: await body() };
  } catch (error) {
    const { code, message, hint, position } = error as {
      code?: string;
      message: string;
      hint?: string;
      position?: string;
    };
    if (!code) throw error;
    const line = position && lineAt(text, Number(position) - 1 - before.length, scope);
    return { what: `PostgreSQL says: ${message}${hint ? ` (${hint})` : ''}`, ...(line && { line }) };
  } finally {
    await tx.query('rollback to savepoint asked');
  }
}

// The line as its author wrote it: tables are holes again.
function lineAt(text: string, offset: number, scope: Scope): string | undefined {
  if (offset < 0 || offset > text.length) return undefined;
  let line = text.split('\n')[text.slice(0, offset).split('\n').length - 1]!;
  for (const table of scope.shapes!.keys()) line = line.replaceAll(tableSource(table, scope), `\${${table.tableName}}`);
  return line.trim();
}

const windowOf = (pipeline: Pipeline): Scope['window'] =>
  pipeline.window === 'whole' ? WHOLE : windowAt(pipeline.window, pipeline.from ?? instant(0));

const fix = (pipeline: Pipeline): string => `fix pipelines/${pipeline.name}.ts, then: weir check ${pipeline.name}`;
