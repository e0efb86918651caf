import type { CheckContext } from '../definition/check';
import type { ColumnFacts } from '../definition/column';
import { fieldQuestions } from '../definition/contract';
import { impliedQuestions } from '../definition/deadLetters';
import { pathsOf } from '../definition/reading/fieldPath';
import type { Pipeline } from '../definition/pipeline';
import type { Dialect } from '../definition/reading/dialect';
import { dialectFacts } from '../definition/reading/dialect';
import type { Format } from '../definition/source';
import type { Value } from '../definition/sql';
import { render, Sql } from '../definition/sql';
import type { Cleaned, Curated, Table } from '../definition/table';
import { columnRules } from '../rules/tableRules';
import type { Grain, Window } from '../time/window';
import { WHOLE } from '../time/window';

/** How origins compare; up to 0003 it was as text, which no definition said. */
const ORIGIN_ORDER = 'numbers as numbers';

/** Records that were once read otherwise, by what a definition asks: a ledger of then is told, where it may hold any. */
export const READ_OTHERWISE = {
  accepted: 'accepted values are compared as their column has them',
  empty: '"" in a column that is not text is nothing',
  parsedEmpty: 'a parser of a column that is not text is given null for ""',
  shared: 'several columns read one field',
} as const;

/** Which of these this definition asks for. */
function readOtherwise(table: Cleaned, format: Format): string[] {
  const columns = Object.entries(table.columns).filter(([, { facts }]) => facts.path === undefined);
  // What lies inside objects came later, and was never read otherwise.
  const fields = pathsOf(table.columns).flatMap((path) => (path.length === 1 ? path : []));
  const others = columns.filter(([, { facts }]) => facts.type !== 'text' && facts.type !== 'json');
  const rules = table.checks.filter((check) => check.severity === 'deadLetter').flatMap((check) => check.rules ?? []);
  const typed = (column: string): boolean => ['date', 'numeric', 'uuid'].includes(table.columns[column]!.facts.type);
  const asked: Record<keyof typeof READ_OTHERWISE, boolean> = {
    accepted: rules.some((rule) => rule.kind === 'accepted_values' && typed(rule.column)),
    empty: format === 'ndjson' && others.some(([, { facts }]) => !facts.parse),
    parsedEmpty: format === 'ndjson' && others.some(([, { facts }]) => facts.parse),
    shared: format === 'ndjson' && new Set(fields).size < fields.length,
  };
  return (Object.keys(asked) as (keyof typeof asked)[]).filter((one) => asked[one]).map((one) => READ_OTHERWISE[one]);
}

// As fingerprints have it from before there was more than a field.
function placeOf(name: string, { path, fields, from, rest }: ColumnFacts): unknown {
  if (rest) return { rest };
  if (path !== undefined) return { path };
  return fields ? { fields } : (from ?? name);
}

/** What cleaning depends on, as text: a description or a unit changes nothing, a column, key or dead-lettering check does. */
export function cleaningText(
  table: Cleaned,
  grain: Grain,
  history?: Window,
  format: Format = 'csv',
  paths: readonly string[] = [],
  dialect?: Dialect,
): string {
  const written = dialectFacts(dialect);
  const reading = readOtherwise(table, format);
  const limits = Object.entries(table.columns).flatMap(([name, { facts }]) => columnRules(name, facts));
  return JSON.stringify({
    columns: Object.entries(table.columns).map(([name, { facts }]) => [
      name,
      facts.type,
      facts.nullable,
      placeOf(name, facts),
      facts.parser ?? null,
      // Absent where there are none: fingerprints from before there were words stay.
      ...(facts.words ? [inOrder(facts.words)] : []),
    ]),
    key: table.key,
    eventTime: table.eventTime ?? null,
    latestBy: table.latestBy ?? null,
    extraFields: table.newField === 'deadLetter' ? 'error' : table.newField,
    // Absent where the format says it.
    ...(table.missingField && { missingField: table.missingField }),
    rules: table.checks.filter((check) => check.severity === 'deadLetter').map((check) => [check.label, check.rules]),
    grain,
    version: table.version ?? null,
    // Absent where no column has any.
    ...(limits.length > 0 && { limits }),
    // The order of origins decides among rows of one key, and of nothing else.
    ...(table.key.kind === 'columns' && { origins: ORIGIN_ORDER }),
    // Absent where records outside the history are kept: fingerprints from before there was a choice stay.
    ...(history && { outside: ['dead letter', history.start, history.end] }),
    ...(reading.length > 0 && { reading }),
    // What a path's placeholders are in an origin, where columns read them.
    ...(paths.length > 0 && { paths }),
    // Absent where it is CSV as everybody writes it.
    ...(written && { dialect: written }),
  });
}

// Which word was said first changes nothing.
const inOrder = (words: object): object =>
  Object.fromEntries(Object.entries(words).sort(([a], [b]) => (a < b ? -1 : 1)));

/** What a curated table's rows depend on, as text: its select, columns and key. */
export function curatedText(table: Curated): string {
  const { text, values } = asText(table.select);
  return JSON.stringify({
    columns: Object.entries(table.columns).map(([name, { facts }]) => [name, facts.type, facts.nullable]),
    key: table.key,
    select: text,
    values,
    version: table.version ?? null,
  });
}

/** One check of a gate as its fingerprint sees it. */
export type CheckText = readonly [label: string, severity: string, failing: string, values: readonly string[]];

/** What a table's gate asks besides what the table itself promises. Rules that dead-letter belong to cleaning; the order of checks is nothing. */
function checksOf(table: Table): CheckText[] {
  // Any numbers: with none, a check that looks at the former rows would not show that part.
  const context: CheckContext = {
    target: new Sql(['{target}'], []),
    window: WHOLE,
    rows: 1,
    formerRows: 1,
    trailing: (n) => new Sql([`{trailing ${n}}`], []),
    baseline: (over, measure) => new Sql([`{over ${over} `, '}'], [measure]),
  };
  return table.checks
    .filter((check) => check.severity !== 'deadLetter')
    .map((check): CheckText => {
      const { text, values } = asText(check.failing(context));
      // Said in the labels of our own checks; one of somebody's own may not say it.
      const tolerated = check.tolerates === undefined ? [] : [`tolerates ${check.tolerates}`];
      return [check.label, check.severity, text, [...values, ...tolerated]];
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** What a pipeline's gates ask, by table: the limits on dead letters are the cleaned table's. */
export const gatesOf = (pipeline: Pipeline): Record<string, CheckText[]> =>
  Object.fromEntries(
    [pipeline.cleaned, ...pipeline.curated].map((table) => [
      table.tableName,
      [
        ...checksOf(table),
        ...(table === pipeline.cleaned
          ? [
              ...limitsOf(pipeline),
              ...fieldQuestions(pipeline.cleaned).map((label): CheckText => [label, 'error', '', []]),
            ]
          : []),
      ],
    ]),
  );

const limitsOf = (definition: Parameters<typeof impliedQuestions>[0]): CheckText[] =>
  impliedQuestions(definition).map(({ label, severity }): CheckText => [label, severity, '', []]);

/** The limits on dead letters among a cleaned table's checks; none where they were recorded before limits were among them. */
export const limitsAmong = (checks: readonly CheckText[]): CheckText[] =>
  checks.filter(([label, , failing]) => failing === '' && /^(dead_letters\(|not_emptied$)/.test(label));

/** What the fingerprint of a table's checks is taken of. Limits that are the default are left out, so that fingerprints from before stay. */
export function checksText(checks: readonly CheckText[]): string {
  const limits = limitsAmong(checks);
  const isDefault = JSON.stringify(limits) === JSON.stringify(limitsOf({}));
  return JSON.stringify(isDefault ? checks.filter((check) => !limits.includes(check)) : checks);
}

/** A fragment without a window: tables, covers and edges by their names, white space as one blank. */
function asText(fragment: Sql): { text: string; values: string[] } {
  const { text, values } = render(fragment, {
    table: (hole) => `{${hole.tableName}}`,
    covers: (cover) => `{${cover.column} in window -${cover.before ?? 0} +${cover.after ?? 0}}`,
    edge: (edge) => `{window.${edge}}`,
  });
  return { text: text.replace(/\s+/g, ' ').trim(), values: values.map(valueText) };
}

// A date as `String` shows it is another text in every time zone.
const valueText = (value: Value): string => (value instanceof Date ? value.toISOString() : String(value));
