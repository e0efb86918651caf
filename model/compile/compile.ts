import { cleanedHistory } from '../definition/history';
import { decidingPaths } from '../definition/paths/pathColumns';
import type { Pipeline } from '../definition/pipeline';
import type { Grain } from '../time/window';
import { checksText, cleaningText, curatedText, gatesOf } from './fingerprint';

/**
 * A pipeline's compiled JSON: all a workflow may know of it. Small, without rows, secrets or code.
 * [SQLMesh: plan is data]
 */
export interface CompiledPipeline {
  readonly pipeline: string;
  readonly grain: Grain;
  /** The cleaned table first, then the curated ones in dependency order. */
  readonly tables: readonly string[];
  /** True when a delivery may cover many windows, or a check reads windows before its own, so a backfill ingests before its windows run. */
  readonly shared: boolean;
  /** Fingerprint of cleaning (columns, key, row checks) and of each curated table, by table name. */
  readonly code: Readonly<Record<string, string>>;
  /** Fingerprint of what each table's gate asks, by table name. Absent from what was compiled before there was one. */
  readonly checks?: Readonly<Record<string, string>>;
}

/** What cleaning of `pipeline` depends on, as text: what its fingerprint is taken from, and what people are told of a change. */
export const cleaningTextOf = (pipeline: Pipeline): string =>
  cleaningText(
    pipeline.cleaned,
    pipeline.window,
    cleanedHistory(pipeline),
    pipeline.source.format,
    decidingPaths(pipeline),
    pipeline.source.dialect,
  );

/** `pipeline` as a plan; `hash` makes a short stable digest of a text. */
export function compile(pipeline: Pipeline, hash: (text: string) => string): CompiledPipeline {
  const { cleaned, curated } = pipeline;
  return {
    pipeline: pipeline.name,
    grain: pipeline.window,
    tables: [cleaned.tableName, ...curated.map((table) => table.tableName)],
    // What a check compares a window with must not depend on which window ran first.
    shared: pipeline.source.shared || cleaned.checks.some(({ baseline }) => baseline !== undefined),
    code: {
      [cleaned.tableName]: hash(cleaningTextOf(pipeline)),
      ...Object.fromEntries(curated.map((table) => [table.tableName, hash(curatedText(table))])),
    },
    checks: Object.fromEntries(
      Object.entries(gatesOf(pipeline)).map(([table, checks]) => [table, hash(checksText(checks))]),
    ),
  };
}

/** The fingerprint of cleaning: columns, key, row rules. */
export const cleaningFingerprint = (compiled: CompiledPipeline): string => compiled.code[compiled.tables[0]!]!;
