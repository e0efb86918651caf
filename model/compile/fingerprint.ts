import type { CheckContext } from '../definition/check';
import type { Value } from '../definition/sql';
import { render, Sql } from '../definition/sql';
import type { Cleaned, Curated, Table } from '../definition/table';
import type { Grain, Window } from '../time/window';
import { WHOLE } from '../time/window';

/** How origins compare; up to 0003 it was as text, which no definition said. */
const ORIGIN_ORDER = 'numbers as numbers';

/** What cleaning depends on, as text: a description or a unit changes nothing, a column, key or dead-lettering check does. */
export function cleaningText(table: Cleaned, grain: Grain, history?: Window): string {
  return JSON.stringify({
    columns: Object.entries(table.columns).map(([name, { facts }]) => [
      name,
      facts.type,
      facts.nullable,
      facts.from ?? name,
      facts.parser ?? null,
    ]),
    key: table.key,
    eventTime: table.eventTime ?? null,
    latestBy: table.latestBy ?? null,
    extraFields: table.extraFields,
    rules: table.checks.filter((check) => check.severity === 'deadLetter').map((check) => [check.label, check.rules]),
    grain,
    version: table.version ?? null,
    // The order of origins decides among rows of one key, and of nothing else.
    ...(table.key.kind === 'columns' && { origins: ORIGIN_ORDER }),
    // Absent where records outside the history are kept: fingerprints from before there was a choice stay.
    ...(history && { outside: ['dead letter', history.start, history.end] }),
  });
}

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
export function checksOf(table: Table): CheckText[] {
  // Any numbers: with none, a check that looks at the former rows would not show that part.
  const context: CheckContext = {
    target: new Sql(['{target}'], []),
    window: WHOLE,
    rows: 1,
    formerRows: 1,
    trailing: (n) => new Sql([`{trailing ${n}}`], []),
  };
  return table.checks
    .filter((check) => check.severity !== 'deadLetter')
    .map((check): CheckText => {
      const { text, values } = asText(check.failing(context));
      return [check.label, check.severity, text, values];
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
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
