import { closest, distance } from 'fastest-levenshtein';
import { historyName, reachesOutside } from '../../model/definition/history';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Project } from '../../model/definition/project';
import type { Curated, Table } from '../../model/definition/table';
import { Misused, UnknownName } from '../../model/run/errors';
import { instant } from '../../model/time/time';
import type { Window } from '../../model/time/window';
import {
  isWhole,
  parseRange,
  parseWindow,
  rangeName,
  windowAt,
  wholeWindows,
  windowName,
} from '../../model/time/window';

// Loaded when it is asked for: an error in a definition is then an error of the command, with its words.
export const loadProject = (): Project => (require('../../weir.config') as typeof import('../../weir.config')).default;

/** The pipeline of this name. @throws UnknownName with the near miss. */
export function pipelineNamed({ pipelines }: Project, name: string): Pipeline {
  return (
    pipelines.find((pipeline) => pipeline.name === name) ??
    unknown(
      'pipeline',
      name,
      pipelines.map((pipeline) => pipeline.name),
    )
  );
}

/** The pipelines of these names, or all where none is named. @throws UnknownName with the near miss. */
export const pipelinesNamed = (project: Project, names: readonly string[]): readonly Pipeline[] =>
  names.length === 0 ? project.pipelines : [...new Set(names)].map((name) => pipelineNamed(project, name));

/** A table of `pipeline` by its name. @throws UnknownName with the near miss. */
export function tableOf({ cleaned, curated }: Pipeline, name: string): Table {
  const tables: readonly Table[] = [cleaned, ...curated];
  return (
    tables.find((table) => table.tableName === name) ??
    unknown(
      'table',
      name,
      tables.map((table) => table.tableName),
    )
  );
}

/** A table by its name, or a curated one by where it is published. @throws UnknownName with the near miss. */
export function tableNamed(
  { pipelines }: Project,
  name: string,
): { pipeline: Pipeline; table: Table; published?: string } {
  for (const pipeline of pipelines) {
    const sink = pipeline.publish.find((candidate) => candidate.name === name);
    if (sink) return { pipeline, table: sink.table, published: sink.relation };
    const table = [pipeline.cleaned, ...pipeline.curated].find((candidate: Table) => candidate.tableName === name);
    if (table) return { pipeline, table };
  }
  const known = pipelines.flatMap((pipeline) => [
    ...pipeline.publish.map((sink) => sink.name),
    pipeline.cleaned.tableName,
    ...pipeline.curated.map((table: Curated) => table.tableName),
  ]);
  return unknown('table', name, known);
}

/** What a person typed for a window of the history that has begun. @throws Misused with what to write instead. */
export const windowOf = (pipeline: Pipeline, text: string): Window =>
  misusedUnless(() => inHistory(pipeline, parseWindow(pipeline.window, text)));

/** What a person typed for any window of the grain, to look at: outside the history or later than now too. @throws Misused */
export const anyWindowOf = (pipeline: Pipeline, text: string): Window =>
  misusedUnless(() => parseWindow(pipeline.window, text));

/** What a person typed for a range of the history; windows that have not begun wait for their time and are left out. @throws Misused with what to write instead. */
export const rangeOf = (pipeline: Pipeline, text: string): Window =>
  misusedUnless(() => inHistory(pipeline, parseRange(pipeline.window, text)));

function inHistory(pipeline: Pipeline, range: Window): Window {
  if (reachesOutside(pipeline, range))
    throw new RangeError(
      `${pipeline.name} has windows of its history, ${historyName(pipeline)}; ${rangeName(range)} is outside`,
    );
  if (isWhole(range)) return range;
  const current = windowAt(pipeline.window, instant(Date.now()));
  if (range.start >= current.end)
    throw new RangeError(
      `${rangeName(range)} has not begun: it waits for its time; ${windowName(current)} is the newest`,
    );
  return range.end > current.end ? wholeWindows(pipeline.window, { ...range, end: current.end }) : range;
}

function misusedUnless<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new Misused(error.message, { stillTrue: 'nothing was started' });
    throw error;
  }
}

function unknown(what: string, name: string, known: readonly string[]): never {
  const near = closest(name, [...known]);
  const hint = near && distance(name, near) <= Math.max(2, name.length / 3) ? `, did you mean '${near}'?` : ';';
  throw new UnknownName(`unknown ${what} '${name}'${hint} (${known.join(', ')})`, { stillTrue: 'nothing was started' });
}
