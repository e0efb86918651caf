import { PG_TYPES } from '../model/column';
import type { Pipeline } from '../model/pipeline';
import { Sql } from '../model/sql';
import type { Curated, Table } from '../model/table';
import { instant, millis } from '../model/time';
import { WHOLE, windowAt } from '../model/window';
import type { Database, Tx } from './database';
import { ensureLayerTables } from './layerTables';
import { columnList, physical } from './names';
import { renderFor } from './rendering';

/** Something in a definition that PostgreSQL does not take. */
export interface Problem {
  readonly pipeline: string;
  readonly table: string;
  readonly what: string;
  /** The line of SQL that PostgreSQL points at, where it does. */
  readonly line?: string;
}

/** Number types that a declared type takes in without a change of meaning. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  integer: ['integer', 'smallint', 'bigint'],
  bigint: ['bigint', 'integer', 'smallint', 'numeric'],
  'double precision': ['double precision', 'real', 'numeric', 'integer', 'bigint'],
  numeric: ['numeric', 'integer', 'bigint', 'smallint'],
  text: ['text', 'character varying', 'character', 'name'],
  jsonb: ['jsonb', 'json'],
};

/** Asks PostgreSQL about every select and check of `pipelines`: parsed, planned and described, never run. Everything wrong is listed. */
export async function explainAll(database: Database, pipelines: readonly Pipeline[]): Promise<Problem[]> {
  await ensureLayerTables(database, pipelines);
  const problems: Problem[] = [];
  for (const pipeline of pipelines) {
    for (const table of pipeline.curated) problems.push(...(await explainSelect(database, pipeline, table)));
    for (const table of [pipeline.cleaned, ...pipeline.curated])
      problems.push(...(await explainChecks(database, pipeline, table)));
  }
  return problems;
}

async function explainSelect(database: Database, pipeline: Pipeline, table: Curated): Promise<Problem[]> {
  const select = renderFor(table.select, scopeOf(pipeline));
  const at = { pipeline: pipeline.name, table: table.tableName };
  try {
    const described = await rolledBack(database, async (tx) => {
      // A temporary view has the columns and types of its select, without running it; values stand in for the window's edges.
      await tx.query(`create temporary view described as ${inlined(select.text, select.values)}`);
      return tx.query<{ name: string; type: string }>(
        `select attname as name, format_type(atttypid, null) as type from pg_attribute where attrelid = 'pg_temp.described'::regclass and attnum > 0`,
      );
    });
    return compareColumns(table, new Map(described.map((column) => [column.name, column.type]))).map((what) => ({
      ...at,
      what,
    }));
  } catch (error) {
    return [{ ...at, ...refusal(error, inlined(select.text, select.values)) }];
  }
}

async function explainChecks(database: Database, pipeline: Pipeline, table: Table): Promise<Problem[]> {
  const problems: Problem[] = [];
  const home = physical[table.layer](table.tableName);
  const target = new Sql([`(select ${columnList(table)} from ${home})`], []);
  for (const check of table.checks) {
    const question = renderFor(check.failing({ target, formerRows: 1 }), scopeOf(pipeline));
    try {
      await rolledBack(database, (tx) => tx.query(`explain ${question.text}`, question.values as unknown[]));
    } catch (error) {
      const said = refusal(error, question.text);
      problems.push({
        pipeline: pipeline.name,
        table: table.tableName,
        ...said,
        what: `check ${check.label}: ${said.what}`,
      });
    }
  }
  return problems;
}

function compareColumns(table: Curated, described: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  for (const [name, { facts }] of Object.entries(table.columns)) {
    const declared = PG_TYPES[facts.type];
    const got = described.get(name);
    if (got === undefined)
      problems.push(
        `declares column ${name}, which the select does not make (it makes ${[...described.keys()].join(', ')})`,
      );
    else if (got !== declared && !TAKES[declared]?.includes(got))
      problems.push(`column ${name} is declared ${declared}, the select makes ${got}`);
  }
  for (const name of described.keys())
    if (!(name in table.columns)) problems.push(`the select makes column ${name}, which is not declared`);
  return problems;
}

function scopeOf(pipeline: Pipeline): Parameters<typeof renderFor>[1] {
  const window =
    pipeline.window === 'whole'
      ? WHOLE
      : windowAt(pipeline.window, pipeline.from ?? instant(millis('2001-01-01T00:00:00Z')));
  return { window, epoch: 0, own: pipeline.curated };
}

// A view takes no parameters.
function inlined(text: string, values: readonly unknown[]): string {
  return text.replace(/\$(\d+)/g, (_, n: string) => {
    const value = values[Number(n) - 1];
    if (value === null) return 'null';
    if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
    return `'${(value instanceof Date ? value.toISOString() : Array.isArray(value) ? `{${value.join(',')}}` : String(value as string)).replaceAll("'", "''")}'`;
  });
}

function refusal(error: unknown, text: string): { what: string; line?: string } {
  const position = Number((error as { cause?: { position?: string } }).cause?.position ?? 0);
  const before = text.slice(0, Math.max(0, position - 'create temporary view described as '.length));
  const line = position > 0 ? text.split('\n')[before.split('\n').length - 1]?.trim() : undefined;
  return { what: error instanceof Error ? error.message : String(error), ...(line && { line }) };
}

async function rolledBack<T>(database: Database, body: (tx: Tx) => Promise<T>): Promise<T> {
  let result: T | undefined;
  const planned = new Error('rolled back as planned');
  await database
    .tx(async (tx) => {
      result = await body(tx);
      throw planned;
    })
    .catch((error: unknown) => {
      if (error !== planned) throw error;
    });
  return result as T;
}
