import { differences } from '../../model/compile/differences';
import type { Pipeline } from '../../model/definition/pipeline';
import { checkPartsOf, definitionOf, definitionsOf, otherChecks } from '../ledger/definitions';
import { checksFingerprint, compiled } from '../ledger/fingerprint';
import type { Database } from '../postgres/database';

/** Words about one table. */
export interface TableWords {
  readonly table: string;
  readonly what: readonly string[];
}

/** What changed in the definition and the checks of each table since windows were published or segments cleaned. */
export async function changesOf(database: Database, pipeline: Pipeline): Promise<TableWords[]> {
  return [...(await codeChanges(database, pipeline)), ...(await checkChanges(database, pipeline))];
}

async function codeChanges(database: Database, pipeline: Pipeline): Promise<TableWords[]> {
  const cleaned = pipeline.cleaned.tableName;
  const former = await database.query<{ table: string; code: string }>(
    `select $2 as table, d.cleaned_by as code
       from weir.deliveries d join weir.origins o on o.delivery = d.id
      where o.pipeline = $1 and d.cleaned_by <> ''
      union
     select $2, s.cleaned_by
       from weir.deliveries d join weir.origins o on o.delivery = d.id join weir.segments s on s.delivery = d.id
      where o.pipeline = $1 and d.cleaned_by is null and s.cleaned_by is not null
      union
     select distinct table_name, code from weir.published where table_name = any ($3)`,
    [pipeline.name, cleaned, pipeline.curated.map((table) => table.tableName)],
  );
  const present = definitionsOf(pipeline);
  const changes: TableWords[] = [];
  for (const { table, code: old } of former) {
    const now = present.find((one) => one.table === table)!;
    if (old === now.code) continue;
    const definition = await definitionOf(database, table, old);
    const what = definition
      ? differences(definition.parts, now.parts)
      : [`made by code ${old}, of which nothing is recorded`];
    changes.push({ table, what });
  }
  return changes;
}

async function checkChanges(database: Database, pipeline: Pipeline): Promise<TableWords[]> {
  const present = checkPartsOf(pipeline);
  const others = await otherChecks(database, pipeline.name, checksFingerprint(compiled(pipeline)));
  return others.flatMap(({ parts }) => {
    if (!parts) return [{ table: pipeline.name, what: ['published under checks of which nothing is recorded'] }];
    return [...new Set([...Object.keys(present), ...Object.keys(parts)])]
      .map((table) => ({ table, what: differences({ checks: parts[table] }, { checks: present[table] }) }))
      .filter(({ what }) => what.length > 0);
  });
}

/** Parsers whose text changed under one name. Good for a look and nothing more: what compilers print differently is left out as far as it is known. */
export async function notesOf(database: Database, pipeline: Pipeline): Promise<TableWords[]> {
  const now = definitionsOf(pipeline)[0]!;
  if (Object.keys(now.parsers).length === 0) return [];
  const recorded = await definitionOf(database, now.table, now.code);
  const what = Object.entries(now.parsers).flatMap(([column, text]) =>
    (recorded?.parsers[column] ?? text) === text
      ? []
      : [`column ${column}: same name ${pipeline.cleaned.columns[column]!.facts.parser}, other text`],
  );
  return what.length > 0 ? [{ table: now.table, what }] : [];
}
