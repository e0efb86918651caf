import { closest, distance } from 'fastest-levenshtein';
import type { Pipeline } from '../../model/definition/pipeline';
import type { Project } from '../../model/definition/project';
import type { Curated, Table } from '../../model/definition/table';
import { Misused, UnknownName } from '../../model/run/errors';
import type { Window } from '../../model/time/window';
import { parseRange, parseWindow } from '../../model/time/window';

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

/** What a person typed for a window. @throws Misused with what to write instead. */
export const windowOf = (pipeline: Pipeline, text: string): Window =>
  misusedUnless(() => inHistory(pipeline, parseWindow(pipeline.window, text)));

/** What a person typed for a range. @throws Misused with what to write instead. */
export const rangeOf = (pipeline: Pipeline, text: string): Window =>
  misusedUnless(() => parseRange(pipeline.window, text));

function inHistory(pipeline: Pipeline, window: Window): Window {
  const outside = pipeline.from && (window.end <= pipeline.from || (pipeline.until && window.start >= pipeline.until));
  if (!outside) return window;
  throw new RangeError(
    `${pipeline.name} has windows from ${pipeline.from!.slice(0, 10)}${pipeline.until ? ` to before ${pipeline.until.slice(0, 10)}` : ' on'}; ${window.start.slice(0, 10)} is outside`,
  );
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
