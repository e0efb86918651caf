import { render } from '../definition/sql';
import type { Cleaned, Curated } from '../definition/table';
import type { Pipeline } from '../definition/pipeline';
import { readsOf } from '../definition/pipeline';
import type { Grain } from '../time/window';

/**
 * A pipeline's compiled JSON: all a workflow may know of it. Small, without rows, secrets or code.
 * [SQLMesh: plan is data]
 */
export interface CompiledPipeline {
  readonly pipeline: string;
  readonly grain: Grain;
  /** The cleaned table first, then the curated ones in dependency order. */
  readonly tables: readonly string[];
  /** True when a delivery may cover many windows, so a backfill ingests before its windows run. */
  readonly shared: boolean;
  /** Fingerprint of cleaning (columns, key, row checks) and of each curated table, by table name. */
  readonly code: Readonly<Record<string, string>>;
}

/** `pipeline` as a plan; `hash` makes a short stable digest of a text. */
export function compile(pipeline: Pipeline, hash: (text: string) => string): CompiledPipeline {
  const { cleaned, curated } = pipeline;
  return {
    pipeline: pipeline.name,
    grain: pipeline.window,
    tables: [cleaned.tableName, ...curated.map((table) => table.tableName)],
    shared: pipeline.source.shared,
    code: {
      [cleaned.tableName]: hash(cleaningText(cleaned, pipeline.window)),
      ...Object.fromEntries(curated.map((table) => [table.tableName, hash(curatedText(table))])),
    },
  };
}

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

/** Names of the other pipelines whose tables `pipeline` reads, in selects or checks: its dependencies. */
export function foreignPipelines(register: readonly Pipeline[], pipeline: Pipeline): string[] {
  const reads = new Set(
    pipeline.curated.flatMap((table) => [...readsOf(table), ...table.checks.flatMap((check) => check.reads)]),
  );
  return register
    .filter((other) => other !== pipeline && [other.cleaned, ...other.curated].some((table) => reads.has(table)))
    .map((other) => other.name);
}
