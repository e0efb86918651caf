import { DefinitionInvalid } from '../run/errors';
import { checkCron } from '../time/cron';
import type { Duration, Instant } from '../time/time';
import { durationMs, instant, millis } from '../time/time';
import type { Grain, Window } from '../time/window';
import { WHOLE, checkGrain, countWindows, momentOf } from '../time/window';
import { localDate } from '../time/zones';
import type { DeadLetterLimits } from './deadLetters';
import { fractionOf } from './deadLetters';
import { misplaced } from './reading/places';
import { inDependencyOrder, reachOf } from './reads';
import { pathProblem } from './paths/pathColumns';
import type { Schedule } from './schedule';
import type { PublishSink, Sink } from './sink';
import type { Listed } from './source';
import { isListed } from './source';
import type { Cleaned, Curated, Table } from './table';

/** A named way from one source to published tables. */
export interface PipelineDefinition {
  readonly name: string;
  readonly description: string;
  readonly owners: readonly [string, ...string[]];
  readonly source: Listed;
  readonly window: Grain;
  /** First moment of history. */
  readonly from?: Instant;
  /** End of a finished history; unset: it goes on. */
  readonly until?: Instant;
  /** Records whose event time lies in no window of the history: `keep` (the default) cleans them, and they are published nowhere. */
  readonly outside?: 'keep' | 'deadLetter';
  readonly cleaned: Cleaned;
  readonly curated?: readonly Curated[];
  readonly publish?: readonly Sink[];
  /** When it runs by itself: by default after the end of each window of an open history; 'manual': never. */
  readonly schedule?: Schedule | 'manual';
  /** What part of the records may be dead letters before a window is held; 1 % and 20 % where nothing is said. */
  readonly deadLetters?: Partial<DeadLetterLimits>;
  /** True where a window that had rows may come to have none by a file that changed; such a window is held otherwise. */
  readonly allowEmpty?: boolean;
  /** How old the newest published data may be, and how far back its first hole. */
  readonly freshness?: { readonly warnAfter?: Duration; readonly errorAfter: Duration };
}

export interface Pipeline extends PipelineDefinition {
  readonly curated: readonly Curated[];
  readonly publish: readonly PublishSink[];
}

/**
 * Declares a pipeline; tables come back in dependency order.
 * @throws DefinitionInvalid on what the compiler cannot see: names, missing event time, circles, bad durations.
 */
export function definePipeline(definition: PipelineDefinition): Pipeline {
  const wrong = (problem: string): never => {
    throw new DefinitionInvalid(`pipeline ${definition.name}: ${problem}`, {
      next: `fix pipelines/${definition.name}.ts, then: weir check`,
    });
  };
  const { cleaned, window } = definition;
  if (!isListed(definition.source)) wrong('its source cannot be listed, which is how windows are filled');
  const ofPath = pathProblem(definition);
  if (ofPath !== null) wrong(ofPath);
  const curated = definition.curated ?? [];
  const tables: Table[] = [cleaned, ...curated];
  for (const name of [
    definition.name,
    ...tables.map((table) => table.tableName),
    ...tables.flatMap((table) => Object.keys(table.columns)),
  ]) {
    // Longer names would be cut by PostgreSQL at 63 bytes, and leading underscores are for hidden columns.
    if (!/^[a-z][a-z0-9_]{0,47}$/.test(name))
      wrong(`${JSON.stringify(name)} is no name: lower case letters, digits and _, at most 48, first a letter`);
  }
  if (new Set(tables.map((table) => table.tableName)).size < tables.length) wrong('two tables have one name');
  const misread = misplaced(cleaned, definition.source.format);
  if (misread !== null) wrong(misread);
  if (window === 'whole' && definition.outside === 'deadLetter')
    wrong('`outside` is for a pipeline with windows: nothing is outside of one for all');
  if (window !== 'whole') {
    if (!cleaned.eventTime) wrong(`${cleaned.tableName} has no eventTime, which windows of ${window} need`);
    if (cleaned.eventTime && cleaned.columns[cleaned.eventTime]?.facts.nullable)
      wrong(`eventTime ${cleaned.eventTime} is nullable: a row without it has no window`);
    if (!definition.from) wrong('`from` is missing: the first moment of its history');
  }
  const read = <T>(parse: () => T): T => {
    try {
      return parse();
    } catch (error) {
      return wrong((error as Error).message);
    }
  };
  read(() => checkGrain(window));
  if (definition.schedule !== undefined && definition.schedule !== 'manual') {
    const { after, cron, zone } = definition.schedule;
    if (after !== undefined) read(() => durationMs(after));
    if (zone !== undefined) read(() => localDate(zone, 0));
    if (cron !== undefined) read(() => checkCron(cron, zone ?? 'UTC'));
    if (cron !== undefined && window !== 'whole')
      wrong('`cron` is for a pipeline of one window: others are due after each window');
  }
  for (const bound of Object.values(definition.freshness ?? {})) if (bound !== undefined) read(() => durationMs(bound));
  for (const share of Object.values(definition.deadLetters ?? {})) read(() => fractionOf(share));
  for (const table of curated) read(() => reachOf(table));
  for (const { label, baseline } of tables.flatMap((table) => table.checks))
    if (baseline) {
      if (window === 'whole') wrong(`check ${label} compares windows, and there is one for all`);
      const { start, end } = { start: instant(0), end: instant(durationMs(baseline.over)) };
      const windows = countWindows(window, { start, end });
      if (windows < baseline.min)
        wrong(`check ${label} needs ${baseline.min} windows of ${window}; ${baseline.over} has ${windows}`);
    }
  for (const { tableName, checks } of curated)
    for (const { label, baseline } of checks)
      if (baseline)
        wrong(
          `check ${label} of ${tableName} compares windows, which is for ${cleaned.tableName}: a curated window that is held leaves no rows to compare with`,
        );
  const edge = (moment: Instant | undefined): Instant | undefined =>
    moment === undefined ? undefined : read(() => momentOf(window, moment));
  const from = edge(definition.from);
  const until = edge(definition.until);
  if (from && until && millis(from) >= millis(until)) wrong(`it ends (until ${until}) before it begins (from ${from})`);
  const publish = (definition.publish ?? []).map((sink) => {
    if (!curated.includes(sink.table))
      wrong(`publishes ${sink.table.tableName}, which is not among its curated tables`);
    if (sink.in !== 'publish')
      return wrong(
        `publishes to ${sink.name}, which is written after the publish: only sinks of the same PostgreSQL are served yet`,
      );
    if (!/^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$/.test(sink.relation))
      wrong(`${JSON.stringify(sink.relation)} is no schema.table`);
    return sink;
  });
  return {
    ...definition,
    ...(from && { from }),
    ...(until && { until }),
    curated: inDependencyOrder(curated, wrong),
    publish,
  };
}

/** The pipeline's history as a range; an open one ends at `now`. */
export function historyOf(pipeline: Pipeline, now: Instant): Window {
  if (pipeline.window === 'whole' || !pipeline.from) return WHOLE;
  return { start: pipeline.from, end: pipeline.until ?? now };
}
