import { render } from '../definition/sql';
import type { Cleaned, Curated } from '../definition/table';
import type { Grain } from '../time/window';

/** What cleaning depends on, as text: a description or a unit changes nothing, a column, key or dead-lettering check does. */
export function cleaningText(table: Cleaned, grain: Grain): string {
  return JSON.stringify({
    columns: Object.entries(table.columns).map(([name, { facts }]) => [
      name,
      facts.type,
      facts.nullable,
      facts.from ?? name,
      facts.parse ? String(facts.parse) : null,
    ]),
    key: table.key,
    eventTime: table.eventTime ?? null,
    latestBy: table.latestBy ?? null,
    extraFields: table.extraFields,
    rules: table.checks.filter((check) => check.severity === 'deadLetter').map((check) => [check.label, check.rules]),
    grain,
    version: table.version ?? null,
  });
}

/** What a curated table depends on, as text: its select, columns and key, and the checks of its gate. */
export function curatedText(table: Curated): string {
  const { text, values } = render(table.select, {
    table: (hole) => `{${hole.tableName}}`,
    covers: (cover) => `{${cover.column} in window -${cover.before ?? 0} +${cover.after ?? 0}}`,
    edge: (edge) => `{window.${edge}}`,
  });
  return JSON.stringify({
    columns: Object.entries(table.columns).map(([name, { facts }]) => [name, facts.type, facts.nullable]),
    key: table.key,
    select: text.replace(/\s+/g, ' ').trim(),
    values: values.map(String),
    version: table.version ?? null,
  });
}
